"""Whether two articles are copies of one text, or only look like it.

How much they have in common says that they may be; what differs says what they are. A copy differs by what was cut,
added or edited here and there; another article of the same form differs in its numbers, its names, its headline; and
articles that share a passage each go their own way around it. Each of these is a veto.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal, get_args

from storage.records import Verdict
from storage.similarity.document import Document
from storage.similarity.fingerprint import THIN
from storage.similarity.signs import Signs, signs

Veto = Literal["numbers", "title", "age", "names", "lead"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """The thresholds. Their shape is that of research/dedup.md 2.5; `age` is the one that an operator may want to set.

    The values were chosen on the tuning half of tests/quality/stories and on families of templates written apart from
    it. None is sharp: a fifth more or less of any single one moves the mean recall or the mean share of false merges
    there by less than .004. Shares are 0 to 1, lengths are tokens: a character of Han or a word.
    """

    vetoes: tuple[Veto, ...] = get_args(Veto)
    age: timedelta = timedelta(days=30)
    """Articles published further apart are copies only where nothing at all speaks against it."""
    age_common: float = 0.75
    near: timedelta = timedelta(days=7)
    """Articles no further apart, under headlines that are `alike`, may have less in common (the fields `near_...`)."""

    jaccard: float = 0.50
    near_jaccard: float = 0.40
    contained: float = 0.80
    contained_rest: float = 0.33
    """What must be common of the longer text: less, and it is a round-up that the shorter one is a part of."""
    most: float = 0.60
    most_rest: float = 0.50
    near_rest: float = 0.25
    near_least: float = 0.33
    whole: float = 0.95
    whole_rest: float = 0.20
    """A text that is the beginning or the end of one five times as long."""

    alike: float = 0.50
    unlike: float = 0.20
    """Jaccard of two headlines from which on, and below which, they say something by themselves."""

    numbers: int = 2
    numbers_share: float = 0.12
    one_number_share: float = 0.20
    """One number of five or more is an update: three dead, then five. In a short text it is a template."""
    short: int = 150
    short_number_share: float = 0.14
    form: int = 200
    form_common: float = 0.90
    """In a text as short, one number is enough where nothing was added or left out: a form that was filled in."""

    claims: int = 2
    claim_jaccard: float = 0.95
    """One thing that each headline says and the other article does not is enough below it: texts are not identical."""
    claimed_common: float = 0.85
    claimed_jaccard: float = 0.90
    unlike_common: float = 0.80
    unlike_least: float = 0.40
    unlike_jaccard: float = 0.60

    names_share: float = 0.25
    bursts: int = 4
    bursts_unknown: int = 3
    """Words exchanged for each place where something was only added or left out: an editor does as much of both."""
    renamed: int = 2
    renamed_share: float = 0.01
    names_rest: float = 0.002
    """Names that were exchanged, of all tokens: two in a long report are two spellings, in a notice two people."""
    swaps: int = 3
    swaps_share: float = 0.018
    swaps_share_words: float = 0.03
    swaps_common: float = 0.60

    apart: int = 80
    apart_share: float = 0.35
    apart_alike: float = 0.60
    apart_jaccard: float = 0.70
    """A passage in whose place the other text has another: longer than a sentence that was written anew."""
    supported: float = 0.10
    supported_alike: float = 0.45
    supported_jaccard: float = 0.97
    """Equal texts that neither headline is about are what a site prints under all of its articles."""

    around: int = 30
    around_common: float = 0.70
    around_rest: float = 0.80
    edge: int = 15
    edge_rest: float = 0.55
    """What the longer text has before and behind the shorter one: a cut copy reaches one of its ends."""
    added_rest: float = 0.45
    """Less of an article that goes its own way first, and has the other one whole below, is no second page of it."""

    related: float = 0.35
    related_contained: float = 0.60


@dataclass(frozen=True, slots=True, kw_only=True)
class Likeness:
    """What two articles are to each other.

    `jaccard`: shingles that both have, of all; `containment`: of those of the shorter one. `veto`: what spoke against
    copies where there was enough in common. `numbers_same`, `numbers_differ`: in the same place of both.
    """

    verdict: Verdict
    jaccard: float
    containment: float
    veto: Veto | None
    numbers_same: int
    numbers_differ: int


_RULE = Rule()


def compare(one: Document, other: Document, rule: Rule = _RULE) -> Likeness | None:
    """What two articles are to each other, whichever comes first; None where there is too little in common to say."""
    found = signs(one, other)
    if found is None:
        return None
    verdict, veto = judge(found, rule)
    if verdict is None:
        return None
    return Likeness(
        verdict=verdict,
        jaccard=found.jaccard,
        containment=found.containment,
        veto=veto,
        numbers_same=found.evidence.same,
        numbers_differ=found.evidence.differ,
    )


def judge(found: Signs, rule: Rule = _RULE) -> tuple[Verdict | None, Veto | None]:
    """The verdict on what two articles have in common, and the veto where there was enough for `same`."""
    if found.shingles >= THIN and _enough(found, rule):
        if veto := _veto(found, rule):
            return ("related" if veto == "lead" else "template"), veto
        if not _within(found, rule):
            return "same", None
    if found.more >= rule.contained and not _numbers(found, rule):
        return "contains", None
    much = found.jaccard >= rule.related or max(found.containment, found.more) >= rule.related_contained
    return ("related" if much else None), None


def _enough(found: Signs, rule: Rule) -> bool:
    """Whether two texts have so much in common that they are copies if nothing speaks against it."""
    more, less = found.more, found.less
    if (
        found.jaccard >= rule.jaccard
        or (more >= rule.contained and less >= rule.contained_rest)
        or (more >= rule.most and less >= rule.most_rest)
    ):
        return True
    if (found.like or 0) < rule.alike or (found.gap is not None and found.gap > rule.near):
        return False
    return (
        found.jaccard >= rule.near_jaccard
        or (less >= rule.near_least and found.evidence.apart < rule.apart)
        or (more >= rule.most and less >= rule.near_rest)
        or (more >= rule.whole and less >= rule.whole_rest and found.evidence.around <= rule.edge)
    )


def _veto(found: Signs, rule: Rule) -> Veto | None:
    """The first of what shows that two texts are two articles."""
    return next((veto for veto, speaks in _CHECKS if veto in rule.vetoes and speaks(found, rule)), None)


def _numbers(found: Signs, rule: Rule) -> bool:
    """Whether too many numbers contradict each other."""
    same, differ = found.evidence.same, found.evidence.differ
    share = differ / max(1, same + differ)
    if differ >= rule.numbers and share >= rule.numbers_share:
        return True
    if differ and found.shingles < rule.form and found.less >= rule.form_common and not found.evidence.bursts:
        return True
    return share > (rule.short_number_share if found.shingles < rule.short else rule.one_number_share)


def _titles(found: Signs, rule: Rule) -> bool:
    """Whether the headlines speak of two things: each of what the other article lacks, or nothing of the same."""
    if found.like is None or found.like == 1:
        return False
    fewer, more = sorted(found.claims)
    if fewer >= rule.claims or (fewer and found.jaccard < rule.claim_jaccard):
        return True
    if found.like >= rule.unlike:
        return False
    # Headlines that have nothing in common, above texts of which neither is all in the other.
    claimed = more >= rule.claims and found.more < rule.claimed_common and found.jaccard < rule.claimed_jaccard
    apart = found.more < rule.unlike_common and found.less > rule.unlike_least and found.jaccard < rule.unlike_jaccard
    return claimed or apart


def _names(found: Signs, rule: Rule) -> bool:
    """Whether words were exchanged throughout and next to nothing was added or left out, as it is done to a form."""
    evidence = found.evidence
    share = rule.swaps_share_words if found.words else rule.swaps_share
    many = evidence.swaps >= max(rule.swaps, share * evidence.core)
    if found.words:
        return evidence.named >= rule.names_share or (many and not evidence.bursts)
    # A text in the other script may have its region's words, and damage exchanges characters, too.
    known = found.like is not None and found.like >= rule.alike
    bursts = (rule.bursts if known else rule.bursts_unknown) * evidence.bursts
    if found.scripts_differ:
        fewest = max(rule.renamed, rule.renamed_share * evidence.core)
        return evidence.names >= fewest and evidence.names > evidence.bursts
    if evidence.swaps < bursts and evidence.names <= evidence.bursts:
        return False
    # One name for another in a few places of a long text is a house style: our city, by its name.
    exchanged = evidence.renamed >= rule.renamed and (
        evidence.names >= max(rule.renamed, rule.names_rest * evidence.core)
        or evidence.renamed >= rule.renamed_share * evidence.core
    )
    return exchanged or (many and found.less > rule.swaps_common)


def _age(found: Signs, rule: Rule) -> bool:
    """Whether texts of different times differ in anything: what comes back each year is not a copy."""
    if found.gap is None or found.gap <= rule.age:
        return False
    evidence = found.evidence
    renamed = evidence.swaps > 1 and not evidence.bursts and not found.scripts_differ
    return found.more < rule.age_common or evidence.differ > 0 or min(found.claims) > 0 or renamed


def _leads(found: Signs, rule: Rule) -> bool:
    """Whether each text has a long passage of its own where the other has another: they share a quotation, a footer.

    Or neither says what its headline, another one, is about: what is left of both is not the article.
    """
    titled = found.one.title.parts or found.other.title.parts
    if titled and (found.like or 0) < rule.supported_alike and found.supported <= rule.supported:
        return found.jaccard >= rule.supported_jaccard
    apart = found.evidence.apart
    if apart < rule.apart or apart <= rule.apart_share * found.evidence.core:
        return False
    return (found.like or 0) < rule.apart_alike and found.jaccard < rule.apart_jaccard


def _within(found: Signs, rule: Rule) -> bool:
    """Whether one text stands in the middle of the other, under another headline: a quotation, a round-up's item."""
    if (found.like or 0) >= rule.unlike:
        return False
    around = found.evidence.around
    quoted = around >= rule.around and found.less < rule.around_rest and found.more > rule.around_common
    if quoted or (around > rule.edge and found.less < rule.edge_rest):
        return True
    if found.like is None or found.more < rule.whole or found.less >= rule.edge_rest:
        return False
    return found.item or (found.less < rule.added_rest and found.claims[1] >= rule.claims and found.below)


_CHECKS: tuple[tuple[Veto, Callable[[Signs, Rule], bool]], ...] = (
    ("numbers", _numbers),
    ("title", _titles),
    ("names", _names),
    ("age", _age),
    ("lead", _leads),
)
"""In the order in which they are asked."""
