"""What a running job teaches of its source beside its articles: when it publishes, and how its addresses look."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime

from crawler.discovery.link_shapes import shape_of
from storage import url_states
from storage.noted import Noted
from storage.records import Article, Extracted, Outcome, Rejected

# What an article's address answers, too, when it is a bad day: they say nothing of the form of the address.
_NOTHING_TOLD = url_states.PASSING_REJECTIONS | url_states.STUBBORN_REJECTIONS | url_states.MISSING_REJECTIONS


@dataclass(slots=True)
class Findings:
    """Collected from events that are in the file; written when the job ends. `times`: None for an unknown one."""

    times: list[datetime | None] = field(default_factory=list)
    articles: Counter[str] = field(default_factory=Counter)
    others: Counter[str] = field(default_factory=Counter)

    @property
    def shapes(self) -> dict[str, tuple[int, int]]:
        """Pages that were articles and that were none, by the shape of their addresses."""
        return {shape: (self.articles[shape], self.others[shape]) for shape in self.articles | self.others}

    def note(self, noted: Noted) -> None:
        """None; one event more."""
        match noted.event:
            case Extracted() as event if noted.url is not None:
                self.articles[shape_of(noted.url)] += 1
                new = noted.outcome is Outcome.STORED and not noted.revised
                if new or noted.reason == "same_text":
                    self.times.append(_time(event.article))
            case Rejected() as event if noted.url is not None and event.host and event.reason not in _NOTHING_TOLD:
                self.others[shape_of(noted.url)] += 1
            case _:
                pass


def _time(article: Article) -> datetime | None:
    """When the article was published, as far as its page says; a date without an hour is that day's midnight."""
    return None if article.published is None else article.published.at
