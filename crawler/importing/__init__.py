"""What is on the disk already: saved pages, texts and WARC files, as pages to be read. No Scrapy, no database."""
