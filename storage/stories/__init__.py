"""Owns the stories: which articles tell one, which of them stands for it, and what people decided of that."""
