"""Two revisions as HTML: a fragment for a page of others, and a page of its own. Nothing in either runs.

All that comes from outside is escaped, and what could turn the direction of reading is left out. The page forbids
itself everything but its own style (Content Security Policy), so that a hole in here would still not run anything.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from html import escape
from itertools import groupby

from storage.revisions.comparison import Comparison, Fact
from storage.revisions.layout import Line, Part, is_unchanged, lines, shown

STYLE = """
.dibao-diff { --ink: #1c1c1a; --quiet: #6b6b66; --line: #d9d8d2; --paper: #fbfaf7; --add: #d6f2dc; --add-ink: #0b5a24;
  --cut: #fbdcdc; --cut-ink: #8d1519; --move: #dde7fb; --move-ink: #1d3f86; color: var(--ink); background: var(--paper);
  font: 17px/1.8 system-ui, "PingFang SC", "Noto Sans CJK SC", "Microsoft YaHei", sans-serif; max-width: 46em;
  margin: 0 auto; padding: 1.5em 1.2em; overflow-wrap: anywhere; }
@media (prefers-color-scheme: dark) { .dibao-diff { --ink: #e6e4de; --quiet: #9b9a93; --line: #3a3a37; --paper: #191917;
  --add: #12391f; --add-ink: #9be3ae; --cut: #471a1c; --cut-ink: #f4b0b1; --move: #1b2c50; --move-ink: #b3ccfb; } }
.dibao-diff h1 { font-size: 1.45em; line-height: 1.45; margin: 0 0 .4em; }
.dibao-diff .about { color: var(--quiet); font-size: .82em; line-height: 1.6; margin: 0 0 1em; }
.dibao-diff .about a { color: inherit; }
.dibao-diff .kind { display: inline-block; border: 1px solid var(--line); border-radius: 1em; padding: 0 .7em;
  margin: 0 .3em .3em 0; color: var(--ink); }
.dibao-diff .warn { background: var(--cut); color: var(--cut-ink); border-color: transparent; }
.dibao-diff table { border-collapse: collapse; font-size: .88em; margin: 0 0 1.2em; }
.dibao-diff th { text-align: left; font-weight: normal; color: var(--quiet); padding: .15em 1.2em .15em 0;
  vertical-align: top; }
.dibao-diff td { padding: .15em 0; }
.dibao-diff p { margin: 0 0 .9em; }
.dibao-diff ins { background: var(--add); color: var(--add-ink); text-decoration: underline;
  text-underline-offset: .2em; text-decoration-thickness: 1px; border-radius: 2px; padding: .1em 0; }
.dibao-diff del { background: var(--cut); color: var(--cut-ink); border-radius: 2px; padding: .1em 0; }
.dibao-diff .moved { background: var(--move); color: var(--move-ink); border-radius: 2px; padding: .1em .15em; }
.dibao-diff .moved small { opacity: .8; margin-right: .4em; }
.dibao-diff s.moved { text-decoration-thickness: 1px; }
.dibao-diff s.moved small { display: inline-block; }
.dibao-diff details { color: var(--quiet); border-block: 1px dashed var(--line); margin: 0 0 .9em; padding: .2em 0; }
.dibao-diff summary { cursor: pointer; font-size: .85em; }
.dibao-diff details p:first-of-type { margin-top: .6em; }
""".strip()

_PAGE = """<!doctype html>
<html>
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<title>{title}</title>
<style>
body {{ margin: 0; background: #fbfaf7; }}
@media (prefers-color-scheme: dark) {{ body {{ background: #191917; }} }}
{style}
</style>
</head>
<body>
{fragment}
</body>
</html>
"""
_ABOUT = (
    '<p class="about">{source} · {link}<br>'
    "article {article} · revision {old} of {before} → revision {new} of {after}</p>"
)


def page(comparison: Comparison) -> str:
    """A whole HTML page that tells what changed."""
    title = _safe(comparison.new.said.title or f"article {comparison.article_id}")
    return _PAGE.format(title=title, style=STYLE, fragment=fragment(comparison))


def fragment(comparison: Comparison) -> str:
    """The same as one `<article class="dibao-diff">`; who shows it gives it STYLE."""
    return "\n".join(
        [
            '<article class="dibao-diff">',
            f"<h1>{_title(comparison)}</h1>",
            _about(comparison),
            *_facts(comparison.facts),
            *_text(comparison),
            "</article>",
        ]
    )


def _title(comparison: Comparison) -> str:
    old, new = comparison.old.said.title or "", comparison.new.said.title or ""
    if not (old or new):
        return f"article {comparison.article_id}"
    return " ".join(map(_line, lines(old, new, comparison.title)))


def _about(comparison: Comparison) -> str:
    kinds = [f'<span class="kind">{kind}</span>' for kind in comparison.changed]
    if comparison.is_stealth:
        kinds.append('<span class="kind warn">stealth edit: no note, no new time of change</span>')
    if comparison.says_again is not None:
        kinds.append(f'<span class="kind">as revision {comparison.says_again}</span>')
    if comparison.only_reread is not None:
        kinds.append(f'<span class="kind">{_safe(comparison.only_reread)}: only we read it otherwise</span>')
    about = _ABOUT.format(
        source=_safe(comparison.source),
        link=_link(comparison.url),
        article=comparison.article_id,
        old=comparison.old.number,
        before=_safe(comparison.old.fetched_at),
        new=comparison.new.number,
        after=_safe(comparison.new.fetched_at),
    )
    return f"{about}\n<p class=\"about\">{''.join(kinds) or 'nothing changed'}</p>"


def _link(url: str) -> str:
    """An address to click on; one that is none in the web is shown only."""
    text = _safe(url)
    if not url.startswith(("http://", "https://")):
        return f"<span>{text}</span>"
    return f'<a href="{text}" rel="noopener noreferrer nofollow">{text}</a>'


def _facts(facts: Iterable[Fact]) -> Iterator[str]:
    rows = []
    for fact in facts:
        was = f"<del>{_safe(fact.old)}</del>" if fact.old else ""
        is_now = f"<ins>{_safe(fact.new)}</ins>" if fact.new else ""
        rows.append(f"<tr><th>{fact.name}</th><td>{' '.join(filter(None, (was, is_now)))}</td></tr>")
    if rows:
        yield f"<table>{''.join(rows)}</table>"


def _text(comparison: Comparison) -> Iterator[str]:
    found = lines(comparison.old.said.text, comparison.new.said.text, comparison.text)
    for unchanged, group in groupby(found, key=is_unchanged):
        paragraphs = [f'<p dir="auto">{_line(line)}</p>' for line in group]
        if unchanged:
            many = f"{len(paragraphs)} paragraphs" if len(paragraphs) > 1 else "1 paragraph"
            yield f"<details><summary>{many} unchanged</summary>{''.join(paragraphs)}</details>"
        else:
            yield from paragraphs


def _line(line: Line) -> str:
    return "".join(map(_part, line))


def _part(part: Part) -> str:
    text = _safe(part.text)
    match part.op:
        case "delete":
            return f"<del>{text}</del>"
        case "insert":
            return f"<ins>{text}</ins>"
        case "moved_from":
            return f'<s class="moved"><small>moved away ({part.move})</small>{text}</s>'
        case "moved_to":
            return f'<span class="moved"><small>moved here ({part.move})</small>{text}</span>'
        case _:
            return text


def _safe(text: str) -> str:
    return escape(shown(text), quote=True)
