"""From decoded HTML to an article or a reason why there is none. Pure: imports no Scrapy and no Twisted."""
