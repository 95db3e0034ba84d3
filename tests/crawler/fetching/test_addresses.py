"""Which addresses and ports may be connected, whatever they are called."""

from ipaddress import ip_network

import pytest

from crawler.fetching.addresses import WEB_PORTS, is_metadata, networks, open_ports, port_of, verdict


@pytest.mark.parametrize(
    ("address", "reason"),
    [
        ("8.8.8.8", None),
        ("1.1.1.1", None),
        ("2606:4700::1", None),
        ("::ffff:8.8.8.8", None),
        ("64:ff9b::808:808", None),
        ("127.0.0.1", "loopback"),
        ("127.255.255.254", "loopback"),
        ("::1", "loopback"),
        ("::ffff:127.0.0.1", "loopback"),
        ("64:ff9b::7f00:1", "loopback"),
        ("2002:7f00:1::", "loopback"),
        ("0.0.0.0", "unspecified"),
        ("::", "unspecified"),
        ("10.0.0.1", "private"),
        ("172.31.255.255", "private"),
        ("192.168.0.1", "private"),
        ("192.0.2.1", "private"),
        ("198.18.0.1", "private"),
        ("fd00::1", "private"),
        ("2001:db8::1", "private"),
        ("100.64.0.1", "shared address space (CGNAT)"),
        ("100.127.255.255", "shared address space (CGNAT)"),
        ("169.254.1.1", "link_local"),
        ("fe80::1", "link_local"),
        ("fe80::1%eth0", "link_local"),
        ("169.254.169.254", "cloud metadata"),
        ("::ffff:169.254.169.254", "cloud metadata"),
        ("fd00:ec2::254", "cloud metadata"),
        ("fd00:ec2::254%2", "cloud metadata"),
        ("::ffff:127.0.0.1%2", "loopback"),
        ("100.100.100.200", "cloud metadata"),
        ("224.0.0.1", "multicast"),
        ("ff02::1", "multicast"),
        ("ff0e::1", "multicast"),
        ("fec0::1", "site_local"),
        ("192.88.99.1", "6to4 relay"),
        ("64:ff9b:1::1", "local NAT64"),
        ("3fff::1", "documentation"),
        ("localhost", "not an address literal"),
        ("127.1", "not an address literal"),
        ("", "not an address literal"),
        ("8.8.8.8:80", "not an address literal"),
    ],
)
def test_only_global_unicast_may_be_connected(address, reason):
    assert verdict(address, ()) == reason


@pytest.mark.parametrize(
    "address",
    ["::127.0.0.1", "::8.8.8.8", "2001:0:53aa:64c:0:fbff:80ff:fffe", "240.0.0.1", "4000::1", "100::1", "5f00::1"],
)
def test_special_ranges_are_refused_whatever_they_are_called(address):
    assert verdict(address, ()) is not None


@pytest.mark.parametrize(
    ("address", "networks", "may"),
    [
        ("127.0.0.1", ["127.0.0.0/8"], True),
        ("127.0.0.1", ["127.0.0.2/32"], False),
        ("::ffff:127.0.0.1", ["127.0.0.0/8"], True),
        ("2002:7f00:1::", ["127.0.0.0/8"], False),
        ("::1", ["::1/128"], True),
        ("::1", ["127.0.0.0/8"], False),
        ("10.0.0.1", ["0.0.0.0/0"], True),
        ("fd00::1", ["0.0.0.0/0"], False),
        ("localhost", ["0.0.0.0/0"], False),
    ],
)
def test_allowed_networks_are_exceptions_for_themselves_only(address, networks, may):
    assert (verdict(address, [ip_network(network) for network in networks]) is None) is may


@pytest.mark.parametrize(
    ("address", "reason"),
    [
        ("2001:470::5efe:7f00:1", "loopback"),
        ("2001:470::200:5efe:a00:1", "private"),
        ("2001:470::5efe:a9fe:a9fe", "cloud metadata"),
        ("2001:470::200:5efe:808:808", None),
    ],
)
def test_an_isatap_address_is_judged_by_the_address_that_it_carries(address, reason):
    assert verdict(address) == reason


@pytest.mark.parametrize(
    "address", ["169.254.169.254", "::ffff:169.254.169.254", "fd00:ec2::254", "64:ff9b::a9fe:a9fe"]
)
def test_metadata_addresses_are_known_in_every_spelling(address):
    assert is_metadata(address)


@pytest.mark.parametrize("address", ["127.0.0.1", "8.8.8.8", "169.254.169.253", "metadata.google.internal", ""])
def test_other_addresses_and_names_are_no_metadata(address):
    assert not is_metadata(address)


def test_every_address_of_a_private_network_is_refused_and_none_of_a_public_one():
    private = ["0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12"]
    private += ["192.0.2.0/24", "192.168.0.0/16", "198.18.0.0/15", "224.0.0.0/4", "240.0.0.0/4", "fc00::/7"]
    private += ["fe80::/10", "ff00::/8", "2001:db8::/32"]
    for network in map(ip_network, private):
        step = max(1, network.num_addresses // 97)
        for offset in {*range(0, network.num_addresses, step), network.num_addresses - 1}:
            assert verdict(str(network[offset])), network[offset]
            if network.version == 4:
                for prefix in ("::ffff:", "64:ff9b::", "::"):
                    assert verdict(f"{prefix}{network[offset]}"), (prefix, network[offset])
    for public in map(ip_network, ["1.0.0.0/8", "8.0.0.0/7", "114.114.0.0/16", "2400:3200::/32", "2606:4700::/32"]):
        for offset in range(0, public.num_addresses, public.num_addresses // 97):
            assert verdict(str(public[offset])) is None, public[offset]


def test_networks_are_named_as_cidr_and_a_bad_one_is_shown():
    assert verdict("10.1.2.3", networks([" 10.1.0.0/16", "::1"])) is None
    with pytest.raises(ValueError, match=r"'10\.0\.0\.0/99' is no network"):
        networks(["10.0.0.0/99"])


@pytest.mark.parametrize(
    ("url", "port"),
    [
        ("http://a.test/x", 80),
        ("https://a.test", 443),
        ("http://a.test:8081/x:9/", 8081),
        ("https://[2001:db8::1]:444/", 444),
        ("http://[2001:db8::1]/", 80),
        ("http://a.test:/", 80),
    ],
)
def test_the_port_of_an_address(url, port):
    assert port_of(url) == port


@pytest.mark.parametrize("url", ["http://a.test:99999/", "http://a.test:x/"])
def test_a_port_that_is_none_is_an_error(url):
    with pytest.raises(ValueError, match="ort"):
        port_of(url)


def test_the_ports_of_the_web_are_open_and_those_of_the_sources_own_addresses_and_what_was_allowed():
    assert set(open_ports(())) == WEB_PORTS == {80, 443, 8000, 8080, 8443}
    assert open_ports(["http://a.test:81/", "https://b.test/"], [9000]) == (80, 81, 443, 8000, 8080, 8443, 9000)
