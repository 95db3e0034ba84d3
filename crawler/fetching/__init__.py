"""How pages are fetched: address guard, limits, politeness, settings that only Scrapy reads."""
