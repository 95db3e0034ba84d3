"""The pages of ours in Datasette: what an operator looks at (`operating`), and articles as they are read (`reading`).

`frame` is what all share, `sheets` the list of them. Pages are drawn by the server alone: no script, no picture, one
style sheet, and SVG in the page. They import of storage what reads the file; the plugin and the guard of storage.web
import them.
"""
