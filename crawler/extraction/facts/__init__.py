"""What a page says of its article: headline, times, origin, credits and the rest. Each fact has a module."""
