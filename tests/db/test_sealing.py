"""A stored text opens in its own row, under its own key, and says nothing to anybody else."""

from __future__ import annotations

from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from db import sealing
from db.sealing import Key, Keys, SealBroken
from fleet.identity import TenantId

TENANT, PLACE = TenantId(uuid4()), uuid4()
KEY = Key(uuid4(), sealing.fresh())


@given(st.binary(max_size=2000))
def test_a_text_is_what_it_was(text: bytes) -> None:
    assert sealing.unseal(KEY, TENANT, PLACE, sealing.seal(KEY, TENANT, PLACE, text)) == text


def test_nothing_of_it_shows_and_no_two_are_alike() -> None:
    text = b"set password=hunter2\n" * 100
    first, second = (sealing.seal(KEY, TENANT, PLACE, text) for _ in range(2))
    assert first != second
    assert b"hunter2" not in first
    assert len(first) < len(text)


@pytest.mark.parametrize("change", ["tenant", "place", "key", "bit", "form", "cut"])
def test_it_opens_nowhere_else(change: str) -> None:
    sealed = sealing.seal(KEY, TENANT, PLACE, b"set password=hunter2\n")
    broken = {"bit": sealed[:-1] + bytes([sealed[-1] ^ 1]), "form": b"\x02" + sealed[1:], "cut": sealed[:5]}
    with pytest.raises(SealBroken):
        sealing.unseal(
            Key(KEY.id, sealing.fresh()) if change == "key" else KEY,
            TenantId(uuid4()) if change == "tenant" else TENANT,
            uuid4() if change == "place" else PLACE,
            broken.get(change, sealed),
        )


def test_equal_texts_have_one_address_within_a_tenant_alone() -> None:
    north, south = (Keys(KEY, Key(uuid4(), sealing.fresh())) for _ in range(2))
    assert north.digest(b"text") == north.digest(b"text")
    assert north.digest(b"text") != south.digest(b"text")
    assert len(north.digest(b"")) == 32
