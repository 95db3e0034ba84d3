"""How a record is shown: as a text with its facts above it, or as a page of one of several portals."""

from __future__ import annotations

import html
from datetime import timedelta, timezone
from pathlib import Path
from typing import Literal

from crawler.importing.addresses import file_address
from tests.quality.stories.chance import chance
from tests.quality.stories.records import Record

CHINA = timezone(timedelta(hours=8))


Form = Literal["text", "page", "bare"]


def write(record: Record, folder: Path, number: int, form: Form) -> str:
    """The address by which the record is known after the import; its file is below the folder."""
    shown = {"text": text, "page": page, "bare": bare}[form](record)
    file = folder / f"{number:06}{'.html' if form == 'page' else '.txt'}"
    file.write_text(shown, encoding="utf-8")
    return file_address("labelled", f"{folder.name}/{file.name}").url if form == "bare" else record.url


def bare(record: Record) -> str:
    """The headline, a line of facts, and all lines, as programs save a page that know no front matter."""
    return "\n".join((record.title, f"{_shown(record)} {_source(record)}".strip(), "", record.text, ""))


def text(record: Record) -> str:
    """Facts as front matter, then all lines."""
    facts = [f"title: {_quoted(record.title)}", f"url: {record.url}"]
    if record.published_at:
        facts.append(f"date: {_moment(record)}")
    if record.source:
        facts.append(f"source: {record.source}")
    return "\n".join(("---", *facts, "---", record.text, ""))


def page(record: Record) -> str:
    """A page of the portal whose template its address stands for."""
    makes = (_plain, _boxed, _old) if record.language == "zh" else (_plain, _boxed)
    return chance("template", record.url.split("/")[2]).choice(makes)(record)


def _plain(record: Record) -> str:
    body = _paragraphs(record.body.paragraphs)
    return (
        f'<!DOCTYPE html><html lang="zh"><head><meta charset="utf-8">{_head(record)}'
        f'</head><body><header><nav>{_links(record.body.before)}</nav></header>'
        f'<main><article><h1>{_e(record.title)}</h1><div class="info"><span>{_shown(record)}</span>'
        f'<span>{_source(record)}</span></div><div class="content">{body}</div></article></main>'
        f"<footer>{_links(record.body.after)}</footer></body></html>"
    )


def _boxed(record: Record) -> str:
    return (
        f'<html><head><meta charset="utf-8">{_head(record, record.url.split("/")[2])}'
        f'</head><body><div id="top" class="nav"><ul>'
        f'{_items(record.body.before)}</ul></div><div class="main"><h2 class="title">{_e(record.title)}</h2>'
        f'<p class="meta">发布时间：{_shown(record)} {_source(record)}</p><div id="article" class="article-body">'
        f'{_paragraphs(record.body.paragraphs)}</div></div><div class="related list"><ul>'
        f"{_items(record.body.after)}</ul></div></body></html>"
    )


def _old(record: Record) -> str:
    lines = "<br>\n".join(f"　　{_e(line)}" for line in record.body.paragraphs)
    return (
        f'<html><head><meta http-equiv="Content-Type" content="text/html; charset=utf-8">{_head(record)}'
        f'</head><body><table width="960"><tr><td>{_links(record.body.before)}'
        f'</td></tr></table><table width="960"><tr><td align="center"><b>{_e(record.title)}</b></td></tr><tr><td>'
        f'{_shown(record)} {_source(record)}</td></tr><tr><td id="zoom">{lines}</td></tr></table>'
        f'<table width="960"><tr><td>{_links(record.body.after)}</td></tr></table></body></html>'
    )


def _head(record: Record, site: str = "") -> str:
    title = f"{_e(record.title)} - {site}" if site else _e(record.title)
    return f'<title>{title}</title><link rel="canonical" href="{record.url}">'


def _shown(record: Record) -> str:
    return _moment(record).removesuffix(" +0800")


def _moment(record: Record) -> str:
    if record.published_at is None:
        return ""
    moment = record.published_at.astimezone(CHINA)
    return f"{moment:%Y-%m-%d}" if record.day_only else f"{moment:%Y-%m-%d %H:%M:%S} +0800"


def _source(record: Record) -> str:
    return f"来源：{record.source}" if record.source else ""


def _paragraphs(lines: tuple[str, ...]) -> str:
    return "\n".join(f"<p>{_e(line)}</p>" for line in lines)


def _links(lines: tuple[str, ...]) -> str:
    return "\n".join(f'<div><a href="/x/{number}.html">{_e(line)}</a></div>' for number, line in enumerate(lines))


def _items(lines: tuple[str, ...]) -> str:
    return "\n".join(f'<li><a href="/x/{number}.html">{_e(line)}</a></li>' for number, line in enumerate(lines))


def _e(text: str) -> str:
    return html.escape(text)


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
