"""Signals reach who asked for them, as long as they do, and cost nothing else."""

from __future__ import annotations

from typing import Any

import pytest
from scrapy import Spider, signals
from scrapy.utils import signal as sending

from crawler.fetching.signalling import JobCrawler


class Quiet(Spider):
    name = "quiet"


def test_a_signal_is_sent_while_somebody_hears_it(monkeypatch: pytest.MonkeyPatch) -> None:
    crawler, heard, sent = JobCrawler(Quiet), [], []
    real = sending.send_catch_log
    monkeypatch.setattr(sending, "send_catch_log", lambda signal, **more: sent.append(signal) or real(signal, **more))

    def hear(**_more: Any) -> None:
        heard.append(1)

    crawler.signals.send_catch_log(signals.bytes_received)
    crawler.signals.connect(hear, signal=signals.bytes_received)
    crawler.signals.send_catch_log(signals.bytes_received)
    crawler.signals.send_catch_log(signals.response_received)
    crawler.signals.disconnect(hear, signal=signals.bytes_received)
    crawler.signals.send_catch_log(signals.bytes_received)
    assert (heard, sent) == ([1], [signals.bytes_received])
