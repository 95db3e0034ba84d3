"""From the bytes of an entry point (feed, sitemap, listing page) to candidates. Pure: nothing here fetches."""
