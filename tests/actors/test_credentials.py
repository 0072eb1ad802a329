"""Passwords are opened in batches, kept five minutes, and a broken one costs only its own device."""

import asyncio
from collections.abc import Sequence
from typing import Any

import pytest

from actors.credentials import KEPT_SECONDS, RENEW_SECONDS, Credentials, SecretBroken
from db.vault import BrokenSecret
from fleet.errors import Unavailable
from fleet.identity import TenantId
from tests.actors.doubles import TENANT, device


class Safe:
    """A vault that counts its batches; a secret that ends in x is broken."""

    def __init__(self) -> None:
        self.batches: list[tuple[TenantId, tuple[str, ...]]] = []
        self.away = False

    def open(self, tenant_id: TenantId, sealed: Sequence[str]) -> list[bytes | BrokenSecret]:
        if self.away:
            raise Unavailable("OpenBao cannot be reached.", "Wait.")
        self.batches.append((tenant_id, tuple(sealed)))
        return [BrokenSecret("bad") if s.endswith("x") else s.removeprefix("vault:v1:").encode() for s in sealed]


class Bench:
    """Credentials over a counting safe, with a clock that a test sets."""

    def __init__(self) -> None:
        self.safe = Safe()
        self.now = 1000.0
        self.credentials = Credentials(self.safe, lambda: self.now)


def run(coroutine: Any) -> Any:
    return asyncio.run(coroutine)


def test_a_password_is_opened_once_and_then_remembered() -> None:
    bench = Bench()

    async def ask() -> list[str]:
        return [await bench.credentials.password(device(5)) for _ in range(3)]

    assert run(ask()) == ["5"] * 3
    assert len(bench.safe.batches) == 1


def test_wishes_of_one_moment_are_one_batch_for_each_tenant() -> None:
    bench = Bench()
    other = TenantId(device(99).id)

    async def ask() -> None:
        mine = [bench.credentials.password(device(n)) for n in range(1, 51)]
        theirs = [bench.credentials.password(device(n, tenant_id=other)) for n in range(51, 61)]
        await asyncio.gather(*mine, *theirs)

    run(ask())
    assert {(tenant, len(batch)) for tenant, batch in bench.safe.batches} == {(TENANT, 50), (other, 10)}


def test_many_are_opened_ahead() -> None:
    bench = Bench()

    async def ask() -> str:
        await bench.credentials.warm([device(n) for n in range(1, 101)])
        return await bench.credentials.password(device(77))

    assert run(ask()) == "77"
    assert len(bench.safe.batches) == 1


def test_what_is_soon_to_be_forgotten_is_opened_again_ahead() -> None:
    bench = Bench()

    async def ask() -> str:
        await bench.credentials.warm([device(1)])
        bench.now += KEPT_SECONDS - RENEW_SECONDS - 1
        await bench.credentials.warm([device(1)])
        assert len(bench.safe.batches) == 1
        bench.now += 2
        await bench.credentials.warm([device(1)])
        assert len(bench.safe.batches) == 2
        bench.now += RENEW_SECONDS
        bench.safe.away = True
        return await bench.credentials.password(device(1))

    assert run(ask()) == "1"


def test_a_broken_secret_is_the_error_of_its_device_alone() -> None:
    bench = Bench()

    async def ask() -> list[object]:
        wishes = [bench.credentials.password(d) for d in (device(1), device(2, secret="vault:v1:x"))]
        return await asyncio.gather(*wishes, return_exceptions=True)

    good, bad = run(ask())
    assert good == "1"
    assert isinstance(bad, SecretBroken)
    assert "anew" in bad.next_step


def test_what_was_kept_for_five_minutes_is_forgotten() -> None:
    bench = Bench()

    async def ask() -> str:
        return await bench.credentials.password(device(1))

    run(ask())
    bench.now += KEPT_SECONDS - 1
    run(ask())
    assert len(bench.safe.batches) == 1
    bench.now += 2
    run(ask())
    assert len(bench.safe.batches) == 2


def test_while_the_safe_is_away_the_cache_serves_until_its_time_is_up() -> None:
    bench = Bench()

    async def ask() -> str:
        return await bench.credentials.password(device(1))

    run(ask())
    bench.safe.away = True
    assert run(ask()) == "1"
    bench.now += KEPT_SECONDS + 1
    bench.credentials.forget()
    with pytest.raises(Unavailable):
        run(ask())
    bench.safe.away = False
    assert run(ask()) == "1"


def test_warming_up_while_the_safe_is_away_is_no_error() -> None:
    bench = Bench()
    bench.safe.away = True
    run(bench.credentials.warm([device(1), device(2)]))
    bench.safe.away = False
    assert run(bench.credentials.password(device(1))) == "1"


def test_what_one_tenants_key_opened_is_not_given_to_a_device_of_another() -> None:
    bench = Bench()
    stolen = device(2, tenant_id=TenantId(device(98).id), secret=device(1).secret)

    async def ask() -> None:
        await bench.credentials.password(device(1))
        await bench.credentials.password(stolen)

    run(ask())
    assert len(bench.safe.batches) == 2


def test_no_password_is_printed() -> None:
    bench = Bench()
    run(bench.credentials.password(device(31337)))
    (kept,) = bench.credentials._kept.values()
    assert "31337" not in repr(kept)
