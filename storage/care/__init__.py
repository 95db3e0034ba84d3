"""Owns what keeps the file whole: copies of it, putting one in its place, and looking for what is wrong in it."""
