"""To which addresses webhooks are sent, over real sockets: what a name leads to counts, and what its operator wrote."""

from __future__ import annotations

import re
import socket
from typing import Any
from urllib.parse import urlsplit

import aiohttp
import pytest

from scheduler.webhooks.doors import Door, Refused, door_of
from tests.scheduler.webhooks.conftest import Stage, target
from tests.scheduler.webhooks.receiver import Receiver

RESOLVED = aiohttp.ThreadedResolver.resolve


@pytest.fixture(autouse=True)
def names(monkeypatch: pytest.MonkeyPatch) -> dict[str, list[str]]:
    """What a name server says of names, one address after another; no real one is asked."""
    known: dict[str, list[str]] = {"localhost": ["127.0.0.1"]}

    async def resolve(self: Any, host: str, port: int = 0, family: Any = socket.AF_INET) -> Any:
        if host not in known:
            assert re.fullmatch(r"[0-9a-fx.]+", host), f"{host} would be asked of a real name server"
            return await RESOLVED(self, host, port, family)
        answers = known[host]
        address = answers.pop(0) if len(answers) > 1 else answers[0]
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        return [{"hostname": host, "host": address, "port": port, "family": family, "proto": 0, "flags": 0}]

    monkeypatch.setattr(aiohttp.ThreadedResolver, "resolve", resolve)
    return known


def at(receiver: Receiver, host: str) -> str:
    return receiver.url.replace("127.0.0.1", host)


def told(stage: Stage, receiver: Receiver, host: str, **settings: Any) -> str | None:
    """What is noted of a delivery to a host that leads to a receiver; None: it was made."""
    dispatcher = stage.dispatcher(target("newsroom", at(receiver, host), **settings))
    stage.changes(1)
    dispatcher.deliver(stage.database, 5)
    row = stage.database.row("SELECT state, error FROM deliveries")
    assert row is not None
    assert (row["state"] == "delivered") == (row["error"] is None)
    error: str | None = row["error"]
    return error


@pytest.mark.parametrize("url", ["127.0.0.1", "0x7f.1", "localhost"])
def test_an_address_that_its_operator_wrote_is_told(stage: Stage, url: str) -> None:
    receiver = stage.receiver()
    assert told(stage, receiver, url) is None
    assert receiver.connections == 1


def test_a_name_that_leads_to_a_private_address_is_not_connected_and_that_is_said(
    stage: Stage, names: dict[str, list[str]], caplog: pytest.LogCaptureFixture
) -> None:
    names["hooks.test"] = ["127.0.0.1"]
    receiver = stage.receiver()
    error = told(stage, receiver, "hooks.test")
    assert error == "not sent: its host is a private address (loopback); its allow_networks may list it"
    assert receiver.connections == 0
    assert "t0ken" not in caplog.text
    assert stage.states() == {"pending": 1}  # and comes when the name leads elsewhere


def test_a_name_in_a_network_that_its_operator_listed_is_told(stage: Stage, names: dict[str, list[str]]) -> None:
    names["hooks.test"] = ["127.0.0.1"]
    assert told(stage, stage.receiver(), "hooks.test", allow_networks=("127.0.0.0/8",)) is None


def test_a_name_that_changes_its_answer_is_refused_at_the_next_connection(
    stage: Stage, names: dict[str, list[str]]
) -> None:
    names["hooks.test"] = ["127.0.0.1", "127.0.0.2"]
    receiver = stage.receiver()
    dispatcher = stage.dispatcher(target("newsroom", at(receiver, "hooks.test"), allow_networks=("127.0.0.1/32",)))
    stage.changes(1)
    dispatcher.deliver(stage.database, 5)
    assert stage.states() == {"delivered": 1}
    dispatcher._sender.close()  # the connection that was kept
    again = stage.dispatcher(target("newsroom", at(receiver, "hooks.test"), allow_networks=("127.0.0.1/32",)))
    stage.changes(1)
    again.deliver(stage.database, 5)
    assert stage.value("SELECT error FROM deliveries ORDER BY id DESC") is not None
    assert receiver.connections == 1


def test_what_one_webhook_may_another_may_not(stage: Stage, names: dict[str, list[str]]) -> None:
    names["hooks.test"] = ["127.0.0.1"]
    receiver = stage.receiver()
    free = target("free", at(receiver, "hooks.test"), allow_networks=("127.0.0.0/8",))
    dispatcher = stage.dispatcher(free, target("bound", at(receiver, "hooks.test")), target("third", receiver.url))
    stage.changes(1)
    dispatcher.deliver(stage.database, 5)
    states = {row["webhook"]: row["state"] for row in stage.database.rows("SELECT webhook, state FROM deliveries")}
    assert states == {"free": "delivered", "bound": "pending", "third": "delivered"}


@pytest.mark.parametrize(
    "address",
    ["10.1.2.3", "192.168.1.1", "172.16.0.1", "100.64.0.1", "127.0.0.1", "0.0.0.0", "224.0.0.1", "::1", "fe80::1%1",
     "fd00::1", "::ffff:10.0.0.1", "64:ff9b::a00:1", "2002:a00:1::", "169.254.169.254"],
)  # fmt: skip
def test_no_private_address_is_connected_by_a_name(address: str) -> None:
    with pytest.raises(Refused):
        door_of("https://hooks.test/").socket((socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, 443)))


@pytest.mark.parametrize("address", ["169.254.169.254", "fd00:ec2::254", "::ffff:169.254.169.254", "100.100.100.200"])
def test_metadata_of_a_cloud_is_refused_whatever_was_written(address: str) -> None:
    written = f"http://{f'[{address}]' if ':' in address else address}/"
    for door in (door_of(written), door_of("https://a.test/", ("0.0.0.0/0", "::/0"))):
        with pytest.raises(Refused, match="metadata"):
            door.socket((socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, 80)))


def test_a_written_address_is_leave_for_itself_alone() -> None:
    door = door_of("http://10.0.0.5:5678/")
    door.socket((socket.AF_INET, socket.SOCK_STREAM, 6, "", ("10.0.0.5", 5678))).close()
    with pytest.raises(Refused):
        door.socket((socket.AF_INET, socket.SOCK_STREAM, 6, "", ("10.0.0.6", 5678)))
    six = door_of("http://[fd00::5]/")
    six.socket((socket.AF_INET6, socket.SOCK_STREAM, 6, "", ("fd00::5", 80, 0, 0))).close()


def test_a_public_address_needs_no_leave() -> None:
    Door().socket((socket.AF_INET, socket.SOCK_STREAM, 6, "", ("93.184.215.14", 443))).close()


def test_the_connector_asks_the_door_for_every_socket(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Any] = []
    real = Door.socket

    def socket_of(self: Door, address: tuple[Any, ...]) -> socket.socket:
        asked.append(address[4][:2])
        return real(self, address)

    monkeypatch.setattr(Door, "socket", socket_of)
    receiver = stage.receiver()
    assert told(stage, receiver, "127.0.0.1") is None
    assert asked == [("127.0.0.1", urlsplit(receiver.url).port)]
