"""The tokens of sessions: what is taken, and everything that is not."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from joserfc import jwt
from joserfc.jwk import OctKey

from api.tokens import ACCESS, Refresh, Tokens

NOW = datetime(2026, 1, 5, 12, tzinfo=UTC)
SESSION = UUID(int=7)
TOKENS = Tokens("a key of this test")
OTHER = Tokens("a key of another")


def part(facts: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(facts).encode()).rstrip(b"=").decode()


def claims(token: str) -> dict[str, object]:
    middle = token.split(".")[1]
    found: dict[str, object] = json.loads(base64.urlsafe_b64decode(middle + "=" * (-len(middle) % 4)))
    return found


def test_an_access_token_names_its_session_for_a_quarter_of_an_hour() -> None:
    token = TOKENS.access(SESSION, NOW)
    assert TOKENS.session(token, NOW) == SESSION
    assert TOKENS.session(token, NOW + ACCESS - timedelta(seconds=1)) == SESSION
    assert TOKENS.session(token, NOW + ACCESS) is None


def test_an_access_token_tells_nothing_of_the_person() -> None:
    assert set(claims(TOKENS.access(SESSION, NOW))) == {"iss", "sid", "exp"}


def test_a_token_of_another_key_is_none() -> None:
    assert TOKENS.session(OTHER.access(SESSION, NOW), NOW) is None
    assert TOKENS.opened(OTHER.refresh(SESSION, 1)) is None
    assert TOKENS.guard(SESSION) != OTHER.guard(SESSION)


def test_web_servers_that_share_a_key_take_each_others_tokens() -> None:
    twin = Tokens("a key of this test")
    assert twin.session(TOKENS.access(SESSION, NOW), NOW) == SESSION
    assert twin.opened(TOKENS.refresh(SESSION, 3)) == Refresh(SESSION, 3)
    assert twin.guard(SESSION) == TOKENS.guard(SESSION)


def test_without_a_key_each_process_has_its_own() -> None:
    assert Tokens().session(Tokens().access(SESSION, NOW), NOW) is None


@pytest.mark.parametrize(
    "header",
    [
        {"alg": "none"},
        {"alg": "None", "typ": "at+jwt"},
        {"alg": "HS512"},
        {"alg": "RS256"},
        {"alg": "HS256", "kid": "unknown"},
        {"alg": "HS256", "crit": ["x"], "x": 1},
        {"alg": "HS256", "jwk": {"kty": "oct", "k": "AAAA"}},
        {"alg": 5},
        {},
        [],
        None,
        "HS256",
    ],
)
def test_a_header_that_chooses_its_own_way_is_refused(header: object) -> None:
    _, middle, signature = TOKENS.access(SESSION, NOW).split(".")
    assert TOKENS.session(f"{part(header)}.{middle}.{signature}", NOW) is None
    assert TOKENS.session(f"{part(header)}.{middle}.", NOW) is None


@pytest.mark.parametrize(
    ("header", "changed"),
    [
        ({"kid": "0" * 16}, {}),
        ({"typ": "JWT"}, {}),
        ({}, {"iss": "another"}),
        ({}, {"iss": None}),
        ({}, {"exp": None}),
        ({}, {"exp": "never"}),
        ({}, {"exp": True}),
        ({}, {"sid": None}),
        ({}, {"sid": "nonsense"}),
        ({}, {"sid": [str(SESSION)]}),
        ({}, {"nbf": int(NOW.timestamp()) + 60}),
    ],
)
def test_what_our_own_key_signed_is_judged_too(header: dict[str, str], changed: dict[str, object]) -> None:
    key: OctKey = TOKENS._jwk
    good = {"iss": "flotilla", "sid": str(SESSION), "exp": int(NOW.timestamp()) + 60}
    facts = {name: value for name, value in {**good, **changed}.items() if value is not None}
    usual = {"alg": "HS256", "kid": TOKENS._kid, "typ": "at+jwt"}
    assert TOKENS.session(jwt.encode(usual, good, key), NOW) == SESSION
    assert TOKENS.session(jwt.encode({**usual, **header}, facts, key), NOW) is None


def test_a_changed_signature_or_claim_is_refused() -> None:
    head, middle, signature = TOKENS.access(SESSION, NOW).split(".")
    stolen = part({**claims(f"{head}.{middle}.{signature}"), "sid": str(UUID(int=8))})
    assert TOKENS.session(f"{head}.{stolen}.{signature}", NOW) is None
    assert TOKENS.session(f"{head}.{middle}.{signature[:-2]}", NOW) is None


@given(st.text(max_size=80))
def test_any_text_is_read_or_refused(text: str) -> None:
    assert TOKENS.session(text, NOW) is None
    assert TOKENS.opened(text) is None


@given(st.binary(max_size=60), st.binary(max_size=60))
def test_any_parts_are_read_or_refused(head: bytes, middle: bytes) -> None:
    words = (base64.urlsafe_b64encode(word).rstrip(b"=").decode() for word in (head, middle, head))
    assert TOKENS.session(".".join(words), NOW) is None


def test_deep_and_long_tokens_are_refused() -> None:
    for text in ("[" * 700, "{" * 700, '{"a":' * 140, "." * 1024, "a" * 5000):
        word = base64.urlsafe_b64encode(text.encode()).rstrip(b"=").decode()
        assert TOKENS.session(f"{word}.{word}.{word}", NOW) is None
        assert TOKENS.session(f"{word}..", NOW) is None
        assert TOKENS.opened(text) is None


def test_a_refresh_token_says_which_it_is_and_the_next_cannot_be_guessed() -> None:
    first, second = TOKENS.refresh(SESSION, 1), TOKENS.refresh(SESSION, 2)
    assert TOKENS.opened(first) == Refresh(SESSION, 1)
    mac = first.rpartition(".")[2]
    assert TOKENS.opened(f"{SESSION.hex}.2.{mac}") is None
    assert TOKENS.opened(f"{UUID(int=8).hex}.1.{mac}") is None
    assert second.rpartition(".")[2] != mac
    for text in ("", ".", "..", "a.b.c", first[:-1], first + "0", "\udcff", f"\udcff.{mac}", "é.1.é"):
        assert TOKENS.opened(text) is None


def test_the_three_kinds_of_token_do_not_stand_in_for_each_other() -> None:
    access, refresh = TOKENS.access(SESSION, NOW), TOKENS.refresh(SESSION, 1)
    assert TOKENS.opened(access) is None
    assert TOKENS.session(refresh, NOW) is None
    assert TOKENS.guard(SESSION) not in refresh
