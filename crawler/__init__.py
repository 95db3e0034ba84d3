"""The web: discovery, fetching, decoding, extraction. Of storage it imports `storage.records` only."""
