"""A story and its history, for people and for programs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from datetime import UTC, datetime
from itertools import groupby
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from scheduler.cli.terminal import headline, plain, printing
from storage.stories.history import Happening, History
from storage.stories.look_alikes import Likeness, LookAlike
from storage.stories.timeline import Member, Timeline

MOST_ARTICLES = 50
MOST_LOOK_ALIKES = 20

VETOES = {
    "title": "the titles tell of different things",
    "age": "published too far apart",
    "names": "other names in the same words",
    "lead": "they begin differently",
}
SAID = {"address": "by a link", "canonical": "by rel=canonical"}
LONGEST_QUOTE = 40
LONGEST_READ = 1_000


def document(story: Timeline) -> dict[str, Any]:
    """A story as one JSON document. Times are ISO-8601 UTC; None is unknown."""
    return {
        "story_id": story.story_id,
        "canonical_article_id": story.canonical,
        "n_articles": len(story.members),
        "n_sites": story.sites,
        "first_article_id": story.members[0].article_id,
        "articles": [
            {**asdict(member), "is_canonical": member.article_id == story.canonical, **_times(member)}
            for member in story.members
        ],
        "look_alikes": [{**asdict(one), "why": _why(one)} for one in story.look_alikes],
    }


def show(story: Timeline) -> None:
    """None; the story is printed, its articles in the order in which they came out."""
    with printing() as out:
        _show(out, story)


def _show(out: Console, story: Timeline) -> None:
    canonical = next(member for member in story.members if member.article_id == story.canonical)
    out.print(Text(f"Story {story.story_id}  {headline(canonical.title)}", style="bold"))
    out.print(Text(f"{_count(len(story.members), 'article')} on {_count(story.sites, 'site')}.{_first(story)}"))
    out.print()
    table = _grid()
    shown = [one for at, one in enumerate(story.members) if at < MOST_ARTICLES or one is canonical]
    naming = sum(1 for one in story.members if one.taken and one.taken.said and one.taken.article_id == story.canonical)
    for member in shown:
        mark = "*" if member is canonical else ""
        table.add_row(mark, str(member.article_id), _article(member, canonical, naming))
    out.print(table)
    left = len(story.members) - len(shown)
    if left:
        out.print(f"… and {_count(left, 'more article')} (--json has all)", highlight=False)
    _show_look_alikes(out, story)


def history_document(history: History) -> dict[str, Any]:
    """A history as one JSON document, oldest first."""
    return {
        "story_id": history.story_id,
        "title": history.title,
        "former_ids": list(history.former),
        "history": [{**asdict(one), "at": _iso(one.at)} for one in history.happenings],
    }


def show_history(history: History) -> None:
    """None; the history is printed, a line for all that happened at once."""
    former = f", which has taken in {', '.join(map(str, history.former))}" if history.former else ""
    table = _grid(columns=2)
    for _, together in groupby(history.happenings, key=_alike):
        several = list(together)
        table.add_row(_shown(several[0].at), Text(_happened(several)))
    with printing() as out:
        out.print(Text(f"Story {history.story_id}{former}  {headline(history.title)}", style="bold"))
        out.print(table)
        if not history.happenings:
            out.print("Nothing has happened to it since its article was stored.", highlight=False)


def _grid(columns: int = 3) -> Table:
    """A table whose last column takes what is left, and folds."""
    table = Table(box=None, show_header=False, padding=(0, 1, 0, 0))
    for _ in range(columns - 1):
        table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    return table


def _first(story: Timeline) -> str:
    """Who had it first, and how much of what follows is said by pages."""
    first = story.members[0]
    if len(story.members) == 1:
        return ""
    taken = [member.taken for member in story.members]
    said = sum(1 for one in taken if one is not None and one.said) + sum(member.own for member in story.members)
    inferred = sum(1 for one in taken if one is not None and not one.said)
    from_elsewhere = "" if first.taken is None else f", which says that it has it from {plain(first.taken.outlet)}"
    who = f" First here: article {first.article_id}, {plain(first.outlet or first.source)}{from_elsewhere}."
    return f"{who} Pages that say whose text it is: {said} of {len(story.members)}; inferred: {inferred}."


def _article(member: Member, canonical: Member, naming: int) -> Text:
    """The lines of one article. The title is left out where it is that of the story. `naming`: see `_evidence`."""
    text = Text()
    text.append(f"{_when(member)}  {plain(member.outlet or member.source)}", style="bold")
    site = "" if member.site == (member.outlet or member.source) else f" ({plain(member.site)})"
    text.append(f"{site}{', gone since' if member.status == 'gone' else ''}\n")
    if member is not canonical and member.title != canonical.title:
        text.append(f"{headline(member.title)}\n")
    text.append(f"{plain(member.url)}\n", style="dim")
    text.append("\n".join(_evidence(member, canonical, naming)))
    return text


def _evidence(member: Member, canonical: Member, naming: int) -> Iterator[str]:
    """Where an article has its text from, and how like the canonical one it is. `naming`: how many others name that."""
    if member is canonical:
        others = f"; {_count(naming, 'other')} {'names' if naming == 1 else 'name'} it" if naming else ""
        yield f"stands for the story{others}"
    else:
        yield from _holding(member, canonical.article_id)
    if member.own:
        yield f"its page says: its own text{_in_brackets(_quoted(member) or plain(member.origin))}"
    taken = member.taken
    if taken is None:
        return
    if not taken.said:
        yield f"its page names no source; inferred: from {taken.article_id}, the earliest of those most like it"
    else:
        how = SAID.get(taken.where) or _quoted(member)
        which = f"article {taken.article_id}" if taken.article_id is not None else "not in this story"
        yield f"its page says: from {plain(taken.outlet)}{_in_brackets(how)}, {which}"


def _holding(member: Member, canonical: int) -> Iterator[str]:
    """How like the article that stands for the story another one is, and what holds it there if not that."""
    if member.likeness is not None:
        yield f"{member.likeness.verdict} as {canonical} ({_degree(member.likeness)})"
    if member.decision is not None:
        yield f"somebody decided that it and {canonical} are one (decision {member.decision})"
        return
    apart = "" if member.likeness else f"not compared with {canonical}; "
    link = member.link
    if link is None and member.likeness is None:
        yield f"{apart}it is here through others"
    elif link is not None and link.likeness is not None:
        yield f"{apart}here as the same as {link.article_id} ({_degree(link.likeness)})"
    elif link is not None:
        yield f"{apart}somebody decided that it and {link.article_id} are one (decision {link.decision})"


def _quoted(member: Member) -> str:
    """The words in which a page names its source, as they stand there; nothing where they are but the name."""
    said = " ".join(plain((member.origin_raw or "")[:LONGEST_READ]).split())
    if said == " ".join(plain(member.origin).split()):
        return ""
    return said if len(said) <= LONGEST_QUOTE else f"{said[:LONGEST_QUOTE]}…"


def _in_brackets(words: str) -> str:
    return f" ({words})" if words else ""


def _show_look_alikes(out: Console, story: Timeline) -> None:
    if not story.look_alikes:
        return
    out.print()
    out.print(Text("Like it, but another story:", style="bold"))
    table = _grid(columns=2)
    for one in story.look_alikes[:MOST_LOOK_ALIKES]:
        text = Text(f"{headline(one.title)}  {plain(one.source)}, story {one.story_id}\n")
        text.append(f"{plain(one.url)}\n", style="dim")
        text.append(f"{_why(one)} ({_degree(one.likeness)} with {one.member})")
        table.add_row(str(one.article_id), text)
    out.print(table)
    left = len(story.look_alikes) - MOST_LOOK_ALIKES
    if left > 0:
        out.print(f"… and {left} more (--json has all)", highlight=False)


def _why(one: LookAlike) -> str:
    """Why an article is not in the story that it is like."""
    likeness = one.likeness
    if one.decided:
        return "somebody decided that they are two"
    match likeness.verdict:
        case "template" if likeness.veto == "numbers":
            numbers = likeness.numbers_same + likeness.numbers_differ
            return f"template: {likeness.numbers_differ} of {numbers} numbers differ"
        case "template":
            return f"template: {VETOES.get(likeness.veto or '', 'only the form is the same')}"
        case "contains":
            return "contains: one is a part of the other, which has more"
        case "same":
            decided = "somebody decided that the two stories are two"
            return f"same: but {decided if one.stories_decided else 'the two stories have more that tells them apart'}"
        case _:
            return "related: they share passages"


def _degree(likeness: Likeness) -> str:
    return f"J {likeness.jaccard:.2f}, C {likeness.containment:.2f}"


def _alike(one: Happening) -> tuple[Any, ...]:
    return one.at, one.kind, one.other, one.why, one.decision


def _happened(several: list[Happening]) -> str:
    first = several[0]
    if first.article_id is None:
        return f"decision {first.decision}{' undone' if first.kind == 'undone' else ''}: {plain(first.command)}"
    noun = "article" if len(several) == 1 else "articles"
    articles = f"{noun} {', '.join(str(one.article_id) for one in several)}"
    other = {"came": "from", "left": "for"}[first.kind]
    return f"{articles} {first.kind}{f' {other} story {first.other}' if first.other else ''} ({first.why})"


def _when(member: Member) -> str:
    """The time on the page as it stands there, or when the article was first seen."""
    if member.by == "published" and member.published_local:
        return member.published_local.replace("T", " ")
    return f"no time, seen {_shown(member.first_seen_at)}"


def _shown(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%d %H:%M UTC")


def _times(member: Member) -> dict[str, str]:
    return {"at": _iso(member.at), "first_seen_at": _iso(member.first_seen_at)}


def _iso(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"
