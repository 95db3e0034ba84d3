"""The portals' page templates, one module a kind of site. They turn a Page into HTML text and know nothing of HTTP."""
