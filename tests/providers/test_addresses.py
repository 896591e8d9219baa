"""Which peers may be called (S4)."""

import socket

import pytest

from providers import client
from providers.client import Unreachable
from providers.client.sockets import is_public
from tests.providers.conftest import ORDER, to

PRIVATE = [
    *("127.0.0.1", "::1", "169.254.169.254", "10.0.0.1", "192.168.1.1", "172.16.0.1", "0.1.2.3"),
    *("100.64.0.1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "fe80::1%eth0", "fd00::1", "::"),
    *("64:ff9b::7f00:1", "2002:7f00:1::", "224.0.0.1", "ff02::1", "255.255.255.255"),
]


@pytest.mark.parametrize("address", PRIVATE)
def test_s4_private_and_special_addresses_are_not_public(address):
    assert not is_public(address)


@pytest.mark.parametrize(
    "address", ["1.1.1.1", "2606:4700::1111", "::ffff:1.1.1.1", "64:ff9b::101:101"]
)
def test_s4_hosts_on_the_open_internet_are_public(address):
    assert is_public(address)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "0x7f.1", "2130706433", "127.1"])
def test_s4_every_spelling_of_this_machine_is_refused_before_anything_is_sent(box, host):
    conn = to(f"http://{host}:{box.port}/", api_key=box.key, allow_private_address=False)
    outcome = client.add(conn, ORDER)
    assert isinstance(outcome, Unreachable)
    assert "is not a public address" in outcome.evidence
    assert box.calls("add") == 0


def test_s4_a_name_that_turns_out_to_be_private_is_refused_when_it_is_connected(box, monkeypatch):
    """The resolver may answer something else each time: what counts is who picked up."""
    resolve = socket.getaddrinfo

    def rebinding(host, *args, **kwargs):
        return resolve("127.0.0.1" if host == "panel.example" else host, *args, **kwargs)

    monkeypatch.setattr(socket, "getaddrinfo", rebinding)
    conn = to(f"http://panel.example:{box.port}/", api_key=box.key, allow_private_address=False)
    with pytest.raises(client.ProviderFailed, match="not a public address"):
        client.balance(conn)
    assert box.calls("balance") == 0


def test_s4_a_pool_for_private_addresses_is_not_used_for_public_providers(box, conn):
    assert client.balance(conn)
    strict = to(box.url, api_key=box.key, allow_private_address=False)
    with pytest.raises(client.ProviderFailed, match="not a public address"):
        client.balance(strict)
