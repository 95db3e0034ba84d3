"""What a page declares of itself: <head>, JSON-LD, microdata."""
