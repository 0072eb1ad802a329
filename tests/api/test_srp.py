"""SRP-6a against RFC 5054's own vectors and ours, and with leading zeros in every value."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from api import secretkey, srp
from api.srp import GROUP, BadPublic, Client, Group

VECTORS: list[dict[str, Any]] = json.loads(Path(__file__).with_name("srp_vectors.json").read_text())
NARROW = Group(2**64 + 3103, 2)
"""A safe prime whose first byte is 1: nearly every number of the group begins with a zero byte."""
SECRETS = st.integers(1, 2**256 - 1)
ZEROS = st.integers(0, 32).flatmap(lambda count: st.binary(min_size=32 - count, max_size=32 - count))
"""Secrets of 32 bytes with any count of leading zeros."""

RFC = Group(
    int(
        "EEAF0AB9ADB38DD69C33F80AFA8FC5E86072618775FF3C0B9EA2314C9C256576D674DF7496EA81D3383B4813D692C6E0"
        "E0D5D8E250B98BE48E495C1D6089DAD15DC7D7B46154D6B6CE8EF4AD69B15D4982559B297BCF1885C529F566660E57EC"
        "68EDBC3C05726CC02FD4CBF4976EAA9AFD5138FE8376435B9FC61D2FC0EB06E3",
        16,
    ),
    2,
    "sha1",
)
RFC_SECRET = (
    int("60975527035CF2AD1989806F0407210BC81EDC04E2762A56AFD529DDDA2D4393", 16),
    int("E487CB59D31AC550471E81F00F6928E01DDA08E974A004F49E61F5D105284D20", 16),
)
RFC_PUBLIC = (
    int(
        "61D5E490F6F1B79547B0704C436F523DD0E560F0C64115BB72557EC44352E8903211C04692272D8B2D1A5358A2CF1B6E"
        "0BFCF99F921530EC8E39356179EAE45E42BA92AEACED825171E1E8B9AF6D9C03E1327F44BE087EF06530E69F66615261"
        "EEF54073CA11CF5858F0EDFDFE15EFEAB349EF5D76988A3672FAC47B0769447B",
        16,
    ),
    int(
        "BD0C61512C692C0CB6D041FA01BB152D4916A1E77AF46AE105393011BAF38964DC46A0670DD125B95A981652236F99D9"
        "B681CBF87837EC996C6DA04453728610D0C6DDB58B318885D7D82C7F8DEB75CE7BD4FBAA37089E6F9C6059F388838E7A"
        "00030B331EB76840910440B1B27AAEAEEB4012B7D7665238A8E3FB004B117B58",
        16,
    ),
)
RFC_SHARED = int(
    "B0DC82BABCF30674AE450C0287745E7990A3381F63B387AAF271A10D233861E359B48220F7C4693C9AE12B0A6F67809F"
    "0876E2D013800D6C41BB59B6D5979B5C00A172B4A2A5903A0BDCAF8A709585EB2AFAFA8F3499B200210DCC1F10EB3394"
    "3CD67FC88A2F39A4BE5BEC4EC0A3212DC346D7E474B29EDE8A469FFECA686E5A",
    16,
)


def test_the_vectors_of_the_rfc() -> None:
    inner = RFC.digest(b"alice:password123")
    x = int.from_bytes(RFC.digest(bytes.fromhex("BEB25379D1A8581EB5A727673A2441EE"), inner))
    assert x == 0x94B7555AABE9127CC58CCF4993DB6CF84D16C124
    assert RFC.number(RFC.prime, RFC.generator) == 0x7556AA045AEF2CDD07ABAF0F665C3E818913186F
    verifier = RFC.public(x)
    assert (RFC.public(RFC_SECRET[0]), RFC.offer(verifier, RFC_SECRET[1])) == RFC_PUBLIC
    assert RFC.scramble(*RFC_PUBLIC) == 0xCE38B9593487DA98554ED47D70A7AE5F462EF019
    assert RFC.served(*RFC_PUBLIC, verifier, RFC_SECRET[1]) == RFC.asked(*RFC_PUBLIC, x, RFC_SECRET[0]) == RFC_SHARED


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector["name"])
def test_our_vectors(vector: dict[str, Any]) -> None:
    number = {name: int(vector[name], 16) for name in ("x", "verifier", "a", "b", "A", "B", "u", "S")}
    key, salt = bytes.fromhex(vector["key"]), bytes.fromhex(vector["salt"])
    assert secretkey.read(vector["secret_key"]) == key
    assert srp.stretch(vector["password"], key, salt, vector["rounds"]) == number["x"]
    assert GROUP.public(number["x"]) == number["verifier"]
    assert GROUP.offer(number["verifier"], number["b"]) == number["B"]
    assert GROUP.scramble(number["A"], number["B"]) == number["u"]
    assert GROUP.served(number["A"], number["B"], number["verifier"], number["b"]) == number["S"]
    assert pow(2, number["b"] * (number["a"] + number["u"] * number["x"]), GROUP.prime) == number["S"]
    client = Client(vector["email"], vector["password"], key, number["a"])
    assert client.public == number["A"]
    proofs = client.prove(salt, vector["rounds"], number["B"])
    assert (proofs.m1.hex(), proofs.m2.hex()) == (vector["M1"], vector["M2"])


def test_each_value_has_a_vector_in_which_it_begins_with_zeros() -> None:
    named = [(vector["leading_zero"], vector) for vector in VECTORS if vector["leading_zero"]]
    zeros = {name for name, vector in named if vector[name].startswith("00")}
    assert zeros == {"salt", "x", "verifier", "A", "B", "u", "S", "K", "M1", "M2"}


@given(SECRETS, SECRETS, SECRETS, st.binary(min_size=16, max_size=16))
@example(1, 1, 1, bytes(16))
def test_both_sides_find_the_same_where_all_numbers_begin_with_zeros(x: int, a: int, b: int, salt: bytes) -> None:
    verifier = NARROW.public(x)
    mine, theirs = NARROW.public(a), NARROW.offer(verifier, b)
    assume(theirs)
    asked, served = NARROW.asked(mine, theirs, x, a), NARROW.served(mine, theirs, verifier, b)
    assert asked == served
    assert NARROW.pad(asked)[0] <= 1
    proofs = NARROW.proofs("noc@north.example", salt, mine, theirs, asked)
    assert proofs == NARROW.proofs("noc@north.example", salt, mine, theirs, served)
    assert NARROW.asked(mine, theirs, x + 1, a) != served


@settings(max_examples=10)
@given(ZEROS, ZEROS, ZEROS)
def test_both_sides_find_the_same_in_the_real_group(x: bytes, a: bytes, b: bytes) -> None:
    secret, mine, theirs = (int.from_bytes(value) for value in (x, a, b))
    verifier = GROUP.public(secret)
    A, B = GROUP.public(mine), GROUP.offer(verifier, theirs)
    assert GROUP.asked(A, B, secret, mine) == GROUP.served(A, B, verifier, theirs)


@given(st.integers(0, 2**64))
def test_a_padded_number_is_as_long_as_the_prime_and_reads_back(number: int) -> None:
    assert len(NARROW.pad(number)) == NARROW.size == 9
    assert int.from_bytes(NARROW.pad(number)) == number


@pytest.mark.parametrize("multiple", [-1, 0, 1, 2])
def test_a_public_value_that_opens_every_door_is_refused(multiple: int) -> None:
    bad, good = multiple * GROUP.prime, GROUP.public(5)
    with pytest.raises(BadPublic):
        GROUP.served(bad, good, GROUP.public(7), 9)
    with pytest.raises(BadPublic):
        GROUP.asked(good, bad, 7, 5)


def test_the_password_is_the_same_however_it_is_typed() -> None:
    key, salt = bytes(16), bytes(16)
    composed, apart, narrow = "caf\u00e9 fi", "cafe\u0301 fi", "caf\u00e9 \ufb01"
    assert len({srp.stretch(text, key, salt, 1) for text in (composed, apart, narrow)}) == 1
    assert srp.stretch(composed, key, salt, 1) != srp.stretch(composed.upper(), key, salt, 1)


@settings(max_examples=30)
@given(st.text(), st.binary(min_size=16, max_size=16), st.binary(min_size=16, max_size=16))
def test_both_secrets_and_the_salt_count(password: str, key: bytes, salt: bytes) -> None:
    other = bytes([key[0] ^ 1]) + key[1:]
    found = srp.stretch(password, key, salt, 1)
    assert found != srp.stretch(password, other, salt, 1)
    assert found != srp.stretch(password + "!", key, salt, 1)
    assert found != srp.stretch(password, key, bytes([salt[0] ^ 1]) + salt[1:], 1)


def test_the_proofs_bind_the_address_and_the_salt() -> None:
    made = {GROUP.proofs(email, bytes([salt]), 2, 3, 4).m1 for email in ("a@x", "b@x") for salt in (0, 1)}
    assert len(made) == 4


def test_nothing_secret_is_shown() -> None:
    assert "hunter2" not in repr(Client("a@x", "hunter2", b"k" * 16, 5))
    assert repr(GROUP.proofs("a@x", b"", 2, 3, 4)) == "Proofs()"
