"""One job, from its entry points to the outcome of each of its pages: what is asked, in which order, what is told.

The spider (crawler.spiders.news) drives it; downloading is crawler.fetching's and reading the extraction pool's. May
import all of crawler but the worker, and of storage only records and identity.
"""
