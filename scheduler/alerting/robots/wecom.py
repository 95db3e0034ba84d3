"""A group robot of WeCom (企业微信): a message of the type `markdown`.

Source: developer.work.weixin.qq.com/document/path/91770 (群机器人配置说明): `content` has 4096 bytes of UTF-8 at most,
a robot may send 20 messages a minute, `errcode` 45009 says that these were more.
"""

from __future__ import annotations

import json

from scheduler.alerting.notes import Message, Note, fitted
from scheduler.alerting.robots.answering import judged_by_code
from scheduler.alerting.robots.inert import inert
from scheduler.alerting.sinks import Sink
from scheduler.webhooks.answers import Answer

MOST_BYTES = 4096
LIMITED = {45009: 60}
"""`api freq out of limit`: the minute is to pass."""
_COLOURS = {"error": "warning", "warning": "warning", "resolved": "info"}
"""The three of the interface: `info` is green, `comment` grey, `warning` orange."""


def url(sink: Sink, message: Message) -> str:  # noqa: ARG001 - as all robots have it
    """Where it is sent: the address alone authorizes."""
    return sink.url


def body(sink: Sink, message: Message) -> bytes:  # noqa: ARG001 - as all robots have it
    """The message, as much of it as there is room for."""
    content = fitted(message, _content, lambda text: len(text.encode("utf-8")) <= MOST_BYTES)
    return json.dumps({"msgtype": "markdown", "markdown": {"content": content}}, ensure_ascii=False).encode("utf-8")


def judged(answer: Answer) -> Answer:
    """The answer with what its body says."""
    return judged_by_code(answer, ("errcode", "errmsg"), LIMITED)


def _content(message: Message) -> str:
    lines = [f'<font color="{_COLOURS[message.severity]}">**{inert(message.title)}**</font>']
    for note in message.notes:
        lines += _lines(message, note)
    return "\n".join([*lines, *([message.rest] if message.rest else [])])


def _lines(message: Message, note: Note) -> list[str]:
    link = [] if note.link is None else [f"> [{message.see}]({note.link})"]
    label = f'<font color="{_COLOURS["resolved" if note.is_over else note.severity]}">{message.label(note)}</font>'
    if message.brief:
        return [f"{label} {inert(note.headline)}"]
    head = [f"{label} **{inert(note.headline)}**"] if len(message.notes) > 1 else []
    advice = [f"> {inert(note.advice)}"] if note.advice else []
    return [*head, f"> {inert(note.text)}", *advice, *link]
