"""Scrapy spiders: one, for news."""
