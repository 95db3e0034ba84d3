"""What a page is made of: its tree, text blocks, pictures and tables, and the ways to write text and CommonMark."""
