"""Where a job runs. An engine takes `CrawlJob`s and gives back `Event`s; nothing else knows which one it is."""
