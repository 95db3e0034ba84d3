"""Whether hosts have addresses: with a resolver of the test's own, and a name that can have none."""

from __future__ import annotations

import threading
import time

import pytest

from scheduler.doctor import names
from scheduler.doctor.case import addresses
from tests.scheduler.doctor.conftest import CONFIG, SOURCE, levels, only

TWO = CONFIG + SOURCE.format(name="enshi") + SOURCE.format(name="wuhan")


def resolver(**known: tuple[str, ...]):
    def ask(host: str) -> tuple[str, ...]:
        found = known.get(host.removesuffix(".example"))
        if found is None:
            raise OSError(-2, "Name or service not known")
        return found

    return ask


def test_hosts_that_have_addresses_are_well(make_case) -> None:
    ask = resolver(enshi=("93.184.216.34",), wuhan=("2606:2800:220:1::1",))
    found = only(names.resolve(make_case(TWO, resolve=ask)))
    assert (found.level, found.says) == ("ok", "2 hosts have addresses")


def test_one_that_has_none_is_named_and_all_that_have_none_are_the_networks_fault(make_case) -> None:
    found = only(names.resolve(make_case(TWO, resolve=resolver(enshi=("93.184.216.34",)))))
    assert (found.level, "wuhan.example (Name or service not known)" in found.says) == ("warn", True)
    found = only(names.resolve(make_case(TWO, resolve=resolver())))
    assert (found.level, "resolv.conf" in str(found.step)) == ("fail", True)


def test_addresses_that_would_be_refused_are_told_unless_they_are_allowed(make_case) -> None:
    ask = resolver(enshi=("10.0.0.5",), wuhan=("10.0.0.6", "93.184.216.34"))
    found = only(names.resolve(make_case(TWO, resolve=ask)))
    assert (found.level, "enshi.example (10.0.0.5 is private)" in found.says) == ("warn", True)
    allowed = f'{TWO}[fetch]\nallow_networks = ["10.0.0.0/8"]\n'
    assert levels(names.resolve(make_case(allowed, resolve=ask))) == ["ok"]


def test_a_proxy_resolves_the_names_of_sources_itself(make_case) -> None:
    asked: list[str] = []

    def ask(host: str) -> tuple[str, ...]:
        asked.append(host)
        return ("10.0.0.9",)

    toml = f'{TWO}[fetch]\nproxy = "http://proxy.example:3128"\n'
    assert levels(names.resolve(make_case(toml, resolve=ask))) == ["ok"]
    assert asked == ["proxy.example"]


def test_what_is_switched_off_or_an_address_already_is_not_resolved(make_case) -> None:
    toml = f'{CONFIG}{SOURCE.format(name="enshi")}enabled = false\n[[source]]\nname = "b"\nhome = "http://127.0.0.1:9/"\n'
    found = only(names.resolve(make_case(toml, resolve=resolver())))
    assert found.says == "0 hosts have addresses"


def test_a_resolver_that_hangs_keeps_nobody_for_long() -> None:
    hangs = threading.Event()

    def ask(host: str) -> tuple[str, ...]:
        if host == "slow":
            hangs.wait()
        return ("93.184.216.34",)

    began = time.monotonic()
    found = names.resolved(["slow", "quick"], ask, seconds=0.5)
    hangs.set()
    assert time.monotonic() - began < 30
    assert found == {"slow": names.NO_ANSWER, "quick": ("93.184.216.34",)}


def test_a_name_that_can_have_no_address_has_none_by_the_real_resolver() -> None:
    with pytest.raises(OSError):
        addresses("news.invalid")
    assert "127.0.0.1" in addresses("localhost") or "::1" in addresses("localhost")


def test_a_name_that_is_none_at_all_is_a_reason_and_no_crash() -> None:
    found = names.resolved(["a" * 70 + ".example"], addresses)
    assert all(isinstance(why, str) for why in found.values())
