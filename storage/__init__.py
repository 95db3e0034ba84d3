"""The file: schema, the only write path, ledger, what readers see. Knows SQLite; nothing of HTTP, Scrapy, schedules."""
