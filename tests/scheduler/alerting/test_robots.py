"""Messages to chats: taken by servers that check them as the services do, and inert whatever stands in them."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from scheduler.alerting.notes import Message, Note, message_of
from scheduler.alerting.robots import feishu
from scheduler.alerting.sinks import Sink
from scheduler.alerting.telling_one import ROBOTS, tell
from scheduler.webhooks.answers import Answer
from scheduler.webhooks.courier import Courier
from tests.scheduler.alerting.chats import SECRET, TOKEN, Reply, chat, text_of
from tests.scheduler.alerting.conftest import NOW, note, sink

HOSTILE = (
    '@all @所有人 <at id=all></at><at user_id="all">所有人</at> <@here> <!channel> <!here|here> <@U024BE7LH> <#C1|x>'
    ' [点此](https://evil.test/) ![图](https://evil.test/x.png) <https://evil.test|ok> <font color="red">x</font>'
    " **粗** `代码` # 标题 > 引用 | a | b | &lt;at id=all&gt; \\[x](//evil.test) ~~x~~\r\n# 新行\u2028"
    "\u202e反\x00\x1b[31m红 "
)


def told(sent_to: Sink, message: Message) -> Answer:
    """What came of a message, by the thread that sends them all."""
    courier = Courier[Answer]("test")

    async def work() -> None:
        courier.hand_back(await tell(courier, sent_to, message))

    try:
        courier.begin(work())
        (answer,) = courier.results(20)
        return answer
    finally:
        courier.close()


def message(*notes: Note, language: str = "zh") -> Message:
    return message_of(notes or (note(),), language, datetime.now(UTC))


@pytest.mark.parametrize("kind", ROBOTS)
@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_robot_takes_a_message_with_its_headline_text_next_step_and_link(kind: str, language: str) -> None:
    secret = SECRET if kind in {"dingtalk", "feishu"} else ""
    with chat(kind, secret) as server:
        assert told(sink(kind, server.url, secret=secret), message(language=language)).error is None
    (document,) = server.taken
    seen = text_of(kind, document)
    title = {"zh": "Dibao 警告：enshi：久无新稿", "en": "Dibao warning: enshi：久无新稿"}[language]
    for part in (title, "已有 3 天没有新稿。", "运行 dibao preview enshi", "https://desk.example.org/-/dibao/incidents/7"):
        assert part in seen


@pytest.mark.parametrize("kind", ["dingtalk", "feishu"])
def test_a_wrong_signature_is_a_failure_that_does_not_tell_the_secret(kind: str) -> None:
    with chat(kind, SECRET) as server:
        answer = told(sink(kind, server.url, secret="SECother0000000"), message())  # noqa: S106
    assert answer.http_status == 200
    assert re.fullmatch(r"(errcode 310000|code 19021): sign .*match.*", answer.error or "")
    assert server.taken == []


@pytest.mark.parametrize("kind", ROBOTS)
def test_nothing_that_a_page_says_calls_anybody_or_leads_anywhere(kind: str) -> None:
    hostile = note(HOSTILE, headline=HOSTILE, advice=HOSTILE, link=None)
    for notes in ((hostile,), (hostile, replace(hostile, id=2))):
        with chat(kind) as server:
            assert told(sink(kind, server.url), message(*notes)).error is None
        (document,) = server.taken
        seen = text_of(kind, document)
        ours = seen.replace('<font color="warning">', "").replace("</font>", "").replace("**", "")
        lines = [re.sub(r"^(?:> |### )", "", line) for line in ours.split("\n")]
        assert not re.search(r"[@<>\[\]*`#|&\\~]|://", "".join(lines))
        assert all(one.isprintable() or one == "\n" for one in seen)
        # Two notes may differ in their lines, but no text brings lines of its own.
        plain = tuple(replace(one, text="x", headline="x", advice="x") for one in notes)
        with chat(kind) as server:
            told(sink(kind, server.url), message(*plain))
        assert len(text_of(kind, server.taken[0]).split("\n")) == len(seen.split("\n"))


@pytest.mark.parametrize("kind", ROBOTS)
@pytest.mark.parametrize("text", ["汉" * 30_000, "a" * 30_000, "😀" * 30_000, "汉a" * 700])
def test_a_text_that_is_too_long_is_cut_at_a_character_so_that_the_robot_takes_it(kind: str, text: str) -> None:
    with chat(kind) as server:
        assert told(sink(kind, server.url), message(note(text))).error is None
    seen = text_of(kind, server.taken[0])
    assert "�" not in seen
    assert ("…" in seen) == (text not in seen)
    assert "incidents/7" in seen  # the cut leaves the rest of the message as it is
    used = {"wecom": 4096, "dingtalk": 20_000, "feishu": 20_000, "slack": 3_000}[kind]
    size = len(seen.encode()) if kind != "slack" else len(seen)
    assert "…" not in seen or size > used * 0.9


@pytest.mark.parametrize("kind", ROBOTS)
def test_a_thousand_alerts_become_one_message_of_headlines_that_says_how_many_are_left_out(kind: str) -> None:
    notes = [note(id=at, headline=f"source-{at:04}：久无新稿") for at in range(1, 1001)]
    with chat(kind) as server:
        assert told(sink(kind, server.url), message(*notes)).error is None
    seen = text_of(kind, server.taken[0])
    assert "Dibao 1000 条告警" in seen
    shown = len(set(re.findall(r"source-\d{4}", seen)))
    assert f"另有 {1000 - shown} 条" in seen
    assert 35 <= shown <= 50


@pytest.mark.parametrize(
    ("kind", "reply", "error", "wait"),
    [
        ("wecom", Reply(document={"errcode": 93000, "errmsg": "invalid webhook url"}), "errcode 93000: invalid", None),
        ("wecom", Reply(document={"errcode": 45009, "errmsg": "api freq out of limit"}), "errcode 45009: api", "60"),
        ("wecom", Reply(document={"errcode": "0"}), "errcode ?", None),
        ("wecom", Reply(document={"errcode": False}), "errcode False", None),
        ("wecom", Reply(document={}), "it answered something else than its interface says", None),
        ("wecom", Reply(document=[]), "it answered something else than its interface says", None),
        ("wecom", Reply(body=b"<html>captive portal</html>"), "it answered something else", None),
        ("wecom", Reply(502, body=b"<html>"), "HTTP 502 Bad Gateway", None),
        ("wecom", Reply(302, headers={"Location": "http://127.0.0.1:1/"}), "HTTP 302 Found; redirects", None),
        ("dingtalk", Reply(document={"errcode": 130101, "errmsg": "send too fast"}), "errcode 130101: send", "600"),
        ("dingtalk", Reply(document={"errcode": 310000, "errmsg": "keywords not in"}), "310000: keywords", None),
        ("feishu", Reply(400, {"code": 9499, "msg": "too many request", "data": {}}), "code 9499: too many", "60"),
        ("feishu", Reply(document={"code": 11232, "msg": "frequency limited"}), "code 11232: frequency", "60"),
        ("feishu", Reply(document={"StatusCode": 1, "StatusMessage": "x"}), "code 1", None),
        ("feishu", Reply(document={"code": 19024, "msg": "Key Words Not Found"}), "code 19024: Key Words", None),
        ("slack", Reply(body=b"invalid_token"), "it answered no `ok`: invalid_token", None),
        ("slack", Reply(400, body=b"invalid_payload"), "HTTP 400 Bad Request: invalid_payload", None),
        ("slack", Reply(429, headers={"Retry-After": "37"}, body=b"rate_limited"), "HTTP 429 Too Many", "37"),
        ("slack", Reply(429), "HTTP 429 Too Many", "60"),
        ("slack", Reply(410, body=b"channel_is_archived"), "HTTP 410 Gone: channel_is_archived", None),
        ("json", Reply(500), "HTTP 500 Internal Server Error", None),
        ("json", Reply(503, headers={"Retry-After": "9"}), "HTTP 503", "9"),
    ],
)  # fmt: skip
def test_what_is_no_success_is_a_failure_with_the_words_of_the_service(
    kind: str, reply: Reply, error: str, wait: str | None
) -> None:
    with chat(kind) as server:
        server.say = lambda _number: reply
        answer = told(sink(kind, server.url), message())
    assert error in (answer.error or "")
    assert answer.retry_after == wait


@pytest.mark.parametrize("kind", [*ROBOTS, "json"])
def test_a_service_that_repeats_the_token_in_its_answer_does_not_bring_it_into_ours(kind: str) -> None:
    with chat(kind) as server:
        said = f"no such robot: {server.url} {TOKEN} {SECRET}"
        server.say = lambda _number: Reply(
            400 if kind == "slack" else 200, {"errcode": 1, "errmsg": said, "code": 1, "msg": said}
        )
        answer = told(sink(kind, server.url, secret=SECRET), message())
    assert TOKEN not in (answer.error or "")
    assert SECRET not in (answer.error or "")
    assert (answer.error is None) == (kind == "json")


def test_an_older_answer_of_feishu_is_a_success_too() -> None:
    answer = Answer(http_status=200, error=None, excerpt=b'{"Extra":null,"StatusCode":0,"StatusMessage":"success"}')
    assert feishu.judged(answer).error is None


def test_a_program_gets_every_fact_once_signed_and_with_the_same_identity_when_it_is_told_again() -> None:
    secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwMfKQ9r8GKYo="  # noqa: S105
    facts: dict[str, Any] = {"quiet_seconds": 86_400, "names": ["a", "b"]}
    notes = [note(id=at, facts=facts, text=HOSTILE, resolved_at=NOW, event="resolved") for at in (1, 2)]
    with chat("json", secret) as server:
        place = replace(sink("json", server.url), keys=(_key(secret),), secret=secret)
        for _ in range(2):
            assert told(place, message(*notes)).error is None
    first, second = server.taken
    assert server.headers[0]["webhook-id"] == server.headers[1]["webhook-id"]
    assert [alert["id"] for alert in first["alerts"]] == [1, 2]
    assert first["alerts"][0]["facts"] == facts
    assert first["alerts"][0]["text"] == HOSTILE
    assert (first["type"], first["format"]) == ("success", "text")
    assert set(first) == {"title", "body", "type", "format", "timestamp", "alerts"}
    assert {**second, "timestamp": None} == {**first, "timestamp": None}


def test_a_program_without_a_secret_gets_an_identity_and_no_signature() -> None:
    with chat("json") as server:
        assert told(sink("json", server.url), message()).error is None
    assert "webhook-signature" not in server.headers[0]
    assert server.headers[0]["webhook-id"].startswith("on-json-")


@pytest.mark.parametrize("kind", ROBOTS)
def test_a_robot_in_a_private_network_is_not_reached_by_a_name(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    import aiohttp  # noqa: PLC0415

    async def resolve(_self: Any, host: str, port: int = 0, family: Any = 2) -> Any:
        return [{"hostname": host, "host": "127.0.0.1", "port": port, "family": 2, "proto": 0, "flags": 0}]

    monkeypatch.setattr(aiohttp.ThreadedResolver, "resolve", resolve)
    with chat(kind) as server:
        url = server.url.replace("127.0.0.1", "robots.test")
        answer = told(sink(kind, url), message())
        assert "not sent: its host is a private address" in (answer.error or "")
        assert told(sink(kind, url, allow_networks=("127.0.0.0/8",)), message()).error is None
    assert len(server.taken) == 1


def test_errors_come_first_and_what_is_over_last() -> None:
    notes = [note(id=1, event="resolved"), note(id=2), note(id=3, severity="error")]
    made = message(*notes)
    assert [one.id for one in made.notes] == [3, 2, 1]
    assert made.severity == "error"
    assert made.title == "Dibao 3 条告警，其中 1 条已恢复"
    assert message(note(event="resolved")).severity == "resolved"
    assert message(note(event="escalated"), language="en").title == "Dibao worse now: enshi：久无新稿"
    assert json.dumps(made.identity("a")) != json.dumps(made.identity("b"))


def _key(secret: str) -> bytes:
    from scheduler.webhooks.signing import parse_secrets  # noqa: PLC0415

    return parse_secrets(secret)[0]
