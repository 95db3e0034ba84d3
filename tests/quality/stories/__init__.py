"""A labelled world of articles: copies that belong to one story, look-alikes that do not, and the score of both."""
