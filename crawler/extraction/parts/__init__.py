"""Articles of several pages: which pages an article has, and one article out of them. Imports no page reading."""
