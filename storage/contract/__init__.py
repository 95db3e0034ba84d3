"""What readers of the file are promised: every public view and column, described once, and what is made from it.

Pure but for `filling`, which is given the file. Imports nothing else of ours.
"""
