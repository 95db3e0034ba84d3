"""Pages that are fetched to see whether what a site offers leads to articles."""

from __future__ import annotations

from collections.abc import Iterable

from crawler.discovery.link_shapes import shape_of
from crawler.onboarding.answers import NoReply, Reply
from crawler.onboarding.choosing import newest_of
from crawler.onboarding.findings import Finding, Sample
from crawler.onboarding.site import Site
from storage.identity import BadUrl, host_of, site_of, url_key
from storage.records import Article, Candidate, Rejection

WANTED = 3
"""Articles to show."""
TRIES = 2
"""Links of one entry point that are tried before it is given up."""
MOST = 14


class Samples:
    """The sampled pages of a site. `proofs`: by the address of each finding, that of an article it led to."""

    def __init__(self, site: Site) -> None:
        self.taken: dict[str, Sample] = {}
        self.proofs: dict[str, str] = {}
        self._site = site

    @property
    def articles(self) -> tuple[Sample, ...]:
        """Those that are articles."""
        return tuple(sample for sample in self.taken.values() if isinstance(sample.result, Article))

    @property
    def shapes(self) -> frozenset[str]:
        """The forms of the addresses of the articles."""
        return frozenset(shape_of(sample.url) for sample in self.articles)

    async def prove(self, findings: Iterable[Finding]) -> None:
        """None; an article was reached by each of the findings, where that can be."""
        for finding in findings:
            self._look_up(finding)
            for candidate in self._fresh(finding)[:TRIES]:
                if finding.url in self.proofs:
                    break
                await self._take(candidate, finding)
                self._look_up(finding)

    async def fill(self, findings: Iterable[Finding]) -> None:
        """None; three articles of the findings were taken, where there are so many."""
        for finding in findings:
            for candidate in self._fresh(finding):
                if len(self.articles) >= WANTED or not self._may_take:
                    return
                await self._take(candidate, finding)

    @property
    def _may_take(self) -> bool:
        return len(self.taken) < MOST and self._site.visitor.left > 0

    def _look_up(self, finding: Finding) -> None:
        """Note as proof a sampled article that this finding names too."""
        keys = {candidate.key for candidate in finding.candidates}
        known = next((sample for sample in self.articles if sample.key in keys), None)
        if known is not None:
            self.proofs.setdefault(finding.url, known.url)

    def _fresh(self, finding: Finding) -> tuple[Candidate, ...]:
        newest = newest_of(finding.candidates, self.shapes)
        return tuple(candidate for candidate in newest if candidate.key not in self.taken)

    async def _take(self, candidate: Candidate, finding: Finding) -> None:
        if not self._may_take:
            return
        reply = await self._site.visitor.get(candidate.url)
        if isinstance(reply, NoReply) and reply.reason == "not_asked":
            return
        result = self._strayed(reply) or await self._site.article(reply, candidate)
        sample = Sample(url=candidate.url, key=candidate.key, entry_url=finding.url, result=result)
        self.taken[candidate.key] = sample

    def _strayed(self, reply: Reply | NoReply) -> Rejection | None:
        """Why a page that answered is not the one that was meant."""
        if isinstance(reply, NoReply):
            return None
        try:
            if site_of(host_of(reply.url)) != site_of(host_of(self._site.home)):
                return Rejection(reason="off_site", detail=f"redirected to {reply.url}"[:300])
            is_home = url_key(reply.url) == url_key(self._site.home)
        except BadUrl as error:
            return Rejection(reason="bad_url", detail=str(error))
        return Rejection(reason="redirected_home", detail=reply.url) if is_home else None
