"""Pages for who runs Dibao: sources, runs and incidents, how each source is, and what other programs ask."""
