"""The web: discovery, fetching, decoding, extraction. Of storage it imports the values: `records` and `identity`."""
