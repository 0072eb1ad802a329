"""The kinds of properties: what they take, what they make of it, and the words with which they refuse."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fleet.versions import Version
from routeros.simulator import fields
from routeros.simulator.fields import Field
from routeros.simulator.outcome import Refused
from routeros.simulator.tree import every

TEXTS = st.one_of(
    st.text(max_size=12),
    st.sampled_from(
        ["1500", "0", "²", "10s", "1d2h", "yes", "10.0.0.1", "10.0.0.0/33", "::1/64", "aa:BB:cc:00:11:22"]
    ),
    st.from_regex(r"\A[0-9.:/,-]{0,14}\Z"),
)
ALL = sorted({(menu.path, name) for menu in every() for name in menu.fields})
FOUND = {(menu.path, name): field for menu in every() for name, field in menu.fields.items()}


@pytest.mark.parametrize(
    ("kind", "said", "kept"),
    [
        (fields.flag(), "yes", "true"),
        (fields.whole(1, 9), "007", "7"),
        (fields.one_of("no yes special"), "true", "yes"),
        (fields.span(), "90", "1m30s"),
        (fields.span(), "01:00:00", "1h"),
        (fields.prefix(), "10.1.2.3/8", "10.0.0.0/8"),
        (fields.prefix(), "10.1.2.3", "10.1.2.3/32"),
        (fields.interface_address(), "10.1.2.3/8", "10.1.2.3/8"),
        (fields.interface_address6(), "2001:DB8::1", "2001:db8::1/64"),
        (fields.mac(), "aa:bb:cc:00:11:22", "AA:BB:CC:00:11:22"),
        (fields.listed(fields.ip()), "9.9.9.9,::1", "9.9.9.9,::1"),
        (fields.either("auto", fields.whole(68, 9000)), "auto", "auto"),
        (fields.port_list(), "!22,8000-8100", "!22,8000-8100"),
        (fields.matched(), "!10.0.0.1-10.0.0.9", "!10.0.0.1-10.0.0.9"),
        (fields.some_of("a b"), "!a,b", "!a,b"),
    ],
)
def test_a_value_is_written_as_routers_do(kind: Field, said: str, kept: str) -> None:
    assert kind.check("x", said) == kept


@pytest.mark.parametrize(
    ("kind", "said", "message"),
    [
        (fields.flag(), "maybe", "input does not match any value of x"),
        (fields.whole(1, 9), "10", "value of x out of range (1..9)"),
        (fields.whole(1, 9), "²", "value of x out of range (1..9)"),
        (fields.one_of("a b"), "true", "input does not match any value of x"),
        (fields.span(), "soon", "invalid value for argument x"),
        (fields.span(), "9" * 40, "invalid value for argument x"),
        (fields.prefix(), "10.0.0.0/33", "invalid value for argument x"),
        (fields.ip4(), "::1", "invalid value for argument x"),
        (fields.mac(), "aa:bb", "invalid value for argument x"),
        (fields.listed(fields.ip()), "9.9.9.9,", "invalid value for argument x"),
        (fields.either("auto", fields.whole(68, 9000)), "67", "value of x out of range (68..9000)"),
        (fields.port_list(), "70000", "invalid value for argument x"),
        (fields.words_of(r"\d+"), "1,x", "invalid value for argument x"),
    ],
)
def test_what_is_no_value_is_refused(kind: Field, said: str, message: str) -> None:
    with pytest.raises(Refused) as refused:
        kind.check("x", said)
    assert refused.value.message == message
    assert refused.value.category == 1


@given(st.sampled_from(ALL), TEXTS)
def test_what_was_taken_is_taken_again_and_stays(place: tuple[str, str], said: str) -> None:
    check = FOUND[place].check
    try:
        kept = check("x", said)
    except Refused:
        return
    assert check("x", kept) == kept


@pytest.mark.parametrize("place", ALL, ids="/".join)
def test_a_default_is_a_value(place: tuple[str, str]) -> None:
    kind = FOUND[place]
    if kind.default:
        assert kind.check("x", kind.default) == kind.default


def test_versions_bound_a_property() -> None:
    kind = fields.since("7.16", fields.until("7.20", fields.text()))
    assert [kind.is_in(Version(7, n)) for n in (15, 16, 19, 20)] == [False, True, True, False]
    assert fields.secret(kind).secret
