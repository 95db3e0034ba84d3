"""Signals of a crawl that cost nothing where nobody hears them.

Scrapy sends ten for each page and looks up all receivers for each; of a job, two are heard.
"""

from __future__ import annotations

from typing import Any

from scrapy.crawler import Crawler
from scrapy.signalmanager import SignalManager


class HeardSignals(SignalManager):
    """The signals of one crawler, which it sends as long as somebody has asked for them."""

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        self._heard: list[Any] = []

    def connect(self, receiver: Any, signal: Any, **kwargs: Any) -> None:
        """None; the receiver hears the signal."""
        self._heard.append(signal)
        super().connect(receiver, signal, **kwargs)

    def disconnect(self, receiver: Any, signal: Any, **kwargs: Any) -> None:
        """None; it does so no more."""
        super().disconnect(receiver, signal, **kwargs)
        self._heard.remove(signal)

    def send_catch_log(self, signal: Any, **kwargs: Any) -> list[tuple[Any, Any]]:
        """What each receiver gave back, none where there is none."""
        return super().send_catch_log(signal, **kwargs) if signal in self._heard else []


class JobCrawler(Crawler):
    """The crawler of a job."""

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self.signals = HeardSignals(self)
