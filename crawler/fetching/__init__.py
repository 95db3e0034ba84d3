"""How pages are fetched: address guard, robots.txt, the headers that matter, and why there was no page."""
