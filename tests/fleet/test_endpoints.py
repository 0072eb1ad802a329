"""What can be an address and a fingerprint, and which go together."""

from __future__ import annotations

import pytest

from fleet import endpoints
from fleet.amendment import Amendment
from fleet.device import Endpoint, TlsMode
from fleet.endpoints import BadField

PIN = "ab" * 32
COLONS = ":".join(["AB"] * 32)


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("2001:DB8:0:0::1", "2001:db8::1"),
        ("Core-1.North.example", "core-1.north.example"),
        ("core_1", "core_1"),
        ("a" * 63, "a" * 63),
    ],
)
def test_an_address_has_one_form(text: str, read: str) -> None:
    assert endpoints.address(text) == read


@pytest.mark.parametrize(
    "text", ["", " ", "core 1", "192.0.2.999", "1.2.3", "192.0.2.1:8729", "[2001:db8::1]", "-a", "a..b", "é", "a\x00"]
)
def test_what_is_no_address_is_refused(text: str) -> None:
    with pytest.raises(BadField) as refused:
        endpoints.address(text)
    assert refused.value.field == "address"
    assert refused.value.next_step


@pytest.mark.parametrize("text", [PIN, COLONS, f" {PIN.upper()}\n"])
def test_a_fingerprint_has_one_form(text: str) -> None:
    assert endpoints.fingerprint(text) == PIN


@pytest.mark.parametrize("text", ["", "abc", PIN + "0", "g" * 64])
def test_what_is_no_fingerprint_is_refused(text: str) -> None:
    with pytest.raises(BadField):
        endpoints.fingerprint(text)


@pytest.mark.parametrize(("tls", "port"), [(TlsMode.VERIFY, 8729), (TlsMode.ANONYMOUS, 8729), (TlsMode.PLAIN, 8728)])
def test_without_a_port_it_is_the_usual_one(tls: TlsMode, port: int) -> None:
    assert endpoints.endpoint("192.0.2.1", None, tls).port == port


@pytest.mark.parametrize("tls", [mode for mode in TlsMode if mode is not TlsMode.PIN])
def test_a_fingerprint_is_for_pinning_alone(tls: TlsMode) -> None:
    with pytest.raises(BadField, match="means nothing"):
        endpoints.endpoint("192.0.2.1", None, tls, PIN)
    assert endpoints.pinned(endpoints.endpoint("192.0.2.1", None, tls)).fingerprint is None


def test_pinning_needs_a_fingerprint() -> None:
    with pytest.raises(BadField, match="needed"):
        endpoints.pinned(Endpoint("192.0.2.1", tls=TlsMode.PIN))
    assert endpoints.pinned(endpoints.endpoint("192.0.2.1", 1, TlsMode.PIN, COLONS)).fingerprint == PIN


def test_an_amendment_changes_what_it_names() -> None:
    now = Endpoint("192.0.2.1", 8729, TlsMode.PIN, PIN, authority="PEM", vantage="site", streams=2)
    assert Amendment().endpoint(now) == now
    changed = Amendment(address="192.0.2.2", port=1, streams=3, fingerprint="cd" * 32).endpoint(now)
    assert changed == Endpoint("192.0.2.2", 1, TlsMode.PIN, "cd" * 32, authority="PEM", vantage="site", streams=3)


def test_a_pin_goes_with_its_mode() -> None:
    now = Endpoint("192.0.2.1", 8729, TlsMode.PIN, PIN)
    assert Amendment(tls=TlsMode.PLAIN).endpoint(now) == Endpoint("192.0.2.1", 8729, TlsMode.PLAIN)
    assert Amendment(tls=TlsMode.PIN).endpoint(now) == now
    with pytest.raises(BadField):
        Amendment(tls=TlsMode.PLAIN, fingerprint=PIN).endpoint(now)
    with pytest.raises(BadField):
        Amendment(fingerprint=PIN).endpoint(Endpoint("192.0.2.1"))


def test_an_amendment_does_not_show_its_secret() -> None:
    assert "vault" not in repr(Amendment(secret="vault:v1:x"))
