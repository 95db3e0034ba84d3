"""From decoded HTML to an article or a reason why there is none. Pure: imports no Scrapy and no Twisted.

A page flows through `page`: `markup` (tree and blocks), `declared` (what its head says), `text` (the article among the
blocks), `kinds` (is it one at all), `facts` with `people` (what it says of itself).
A body that is text goes through `plain`.
"""
