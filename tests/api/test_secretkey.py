"""The Secret Key as a person writes it."""

from __future__ import annotations

import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from api import secretkey
from api.secretkey import BadKey

KEYS = st.binary(min_size=16, max_size=16)
FORM = re.compile(r"F1(-[0-9A-HJKMNP-TV-Z]{5}){6}\Z")


@given(KEYS)
@example(bytes(16))
@example(b"\xff" * 16)
def test_a_key_is_read_as_it_was_written(key: bytes) -> None:
    text = secretkey.write(key)
    assert FORM.match(text)
    assert secretkey.read(text) == key
    assert secretkey.read(f"  {text.lower().replace('-', ' ')}\n") == key
    assert secretkey.read(text[:3] + text[3:].replace("0", "o").replace("1", "l")) == key


@given(KEYS, st.integers(0, 29), st.integers(1, 31))
def test_one_wrong_sign_is_seen(key: bytes, place: int, by: int) -> None:
    text = secretkey.write(key).replace("-", "")
    sign = secretkey.ALPHABET[(secretkey.ALPHABET.index(text[place + 2]) + by) % 32]
    with pytest.raises(BadKey):
        secretkey.read(text[: place + 2] + sign + text[place + 3 :])


@given(KEYS, st.integers(0, 28))
def test_two_signs_that_changed_places_are_seen(key: bytes, place: int) -> None:
    text = list(secretkey.write(key).replace("-", ""))
    one, two = text[place + 2 : place + 4]
    text[place + 2 : place + 4] = two, one
    if one != two:
        with pytest.raises(BadKey):
            secretkey.read("".join(text))


@pytest.mark.parametrize("text", ["", "F1", "F2-" + "0" * 30, "F1-" + "U" * 30, "F1-" + "0" * 29, "F1-" + "é" * 30])
def test_what_is_no_key_is_refused_with_a_next_step(text: str) -> None:
    with pytest.raises(BadKey) as refused:
        secretkey.read(text)
    assert refused.value.next_step
