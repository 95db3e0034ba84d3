"""Articles that come as plain text or Markdown."""
