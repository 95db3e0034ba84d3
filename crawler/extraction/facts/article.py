"""One article out of its text and of all that its page says of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from crawler.decoding import Decoded
from crawler.extraction.declared.head import Head
from crawler.extraction.extractor import EXTRACTOR
from crawler.extraction.facts.counts import find_counts
from crawler.extraction.facts.credits import find_credits
from crawler.extraction.facts.damage import damage_of_page
from crawler.extraction.facts.dateline import find_dateline
from crawler.extraction.facts.dates import Clock
from crawler.extraction.facts.headline_facts import HeadlineFacts
from crawler.extraction.facts.language import language, script
from crawler.extraction.facts.notes import find_correction, find_licence
from crawler.extraction.facts.origin import find_origin_facts
from crawler.extraction.facts.published import find_times
from crawler.extraction.facts.sections import find_keywords, find_print_page, find_sections
from crawler.extraction.markup.link_names import absolute
from crawler.extraction.text.body import Body
from crawler.extraction.text.zones import Zones
from storage.records import Article


@dataclass(frozen=True, slots=True, kw_only=True)
class Sources:
    """All that facts are read from: what the page declares, its lines by place, its text, and how it came.

    `links`: addresses of the links around the text, as they stand, by their words. `link_published`: the date that the
    link to the page showed.
    """

    head: Head
    zones: Zones
    body: Body
    decoded: Decoded
    url: str
    clock: Clock
    links: Mapping[str, str] = field(default_factory=dict)
    link_published: str | None = None


def article(said: Sources, headline: HeadlineFacts) -> Article:
    """The article of a page, every fact with what it was read from; unknown is None."""
    head, zones, body = said.head, said.zones, said.body
    times = find_times(head, zones, said.url, said.clock, said.link_published)
    origin = find_origin_facts(head, zones, said.links)
    lang = language(body.text, head.lang)
    return Article(
        title=headline.title,
        text=body.text,
        markdown=body.markdown,
        kicker=headline.kicker,
        subheadline=headline.subheadline,
        published=times.published,
        modified=times.modified,
        origin=origin.name if origin else None,
        origin_raw=origin.raw if origin else None,
        origin_url=absolute(said.url, origin.url) if origin else None,
        origin_kind=origin.kind if origin else None,
        dateline=find_dateline(zones.lead),
        credits=find_credits(head, zones),
        sections=find_sections(head, zones),
        keywords=find_keywords(head, zones),
        print_page=find_print_page(head, zones),
        images=body.images,
        counts=find_counts(head, zones),
        licence=find_licence(zones),
        correction=find_correction(zones),
        evidence=(*headline.evidence, *times.evidence, *(origin.evidence if origin else ())),
        lang=lang,
        script=script(body.text) if lang == "zh" else None,
        damage=damage_of_page(body.text, said.decoded),
        confidence=body.confidence,
        found_by=body.found_by,
        learned=body.learned,
        encoding=said.decoded.encoding,
        encoding_evidence=said.decoded.evidence,
        canonical_url=head.canonical or None,
        extractor=EXTRACTOR,
    )
