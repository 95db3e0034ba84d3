"""Pages that are no article, and why."""
