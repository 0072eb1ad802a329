"""An owner asks its devices what it is asked, and nothing of anybody else's."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, TypeAlias
from uuid import UUID

import pytest

from actors.access import Access
from actors.answering import Answerer
from actors.credentials import Credentials
from fleet.device import Device, TlsMode
from fleet.errors import FleetError, Unavailable
from fleet.identity import DeviceId
from fleet.questions import Keep, Part, Question
from routeros.errors import Busy
from tests.actors.doubles import device
from tests.actors.errands.visits import leaping
from tests.actors.test_access import Safe
from tests.fixtures.simulator import Served

Run: TypeAlias = Callable[[Coroutine[Any, Any, Any]], Any]


@dataclass
class Land:
    """One device that is owned, or not."""

    one: Device
    epoch: int = 3
    owned: bool = True
    busy: set[DeviceId] = field(default_factory=set)

    def epochs(self) -> Mapping[int, int]:
        return {self.one.partition: self.epoch} if self.owned else {}

    def device(self, device_id: DeviceId) -> Device | None:
        return self.one if device_id == self.one.id else None

    def answerer(self) -> Answerer:
        access = Access(Credentials(Safe()), timedelta(minutes=1))
        return Answerer(self, access, lambda: True, self.busy.__contains__)


def land(fleet: Served, place: int = 0) -> Land:
    login = fleet.login(place)
    return Land(
        device(
            endpoint=fleet.endpoint(place, TlsMode.PLAIN),
            username=login.username,
            secret=login.password,
            networks=("127.64.0.0/10",),
        )
    )


def question(of: Land, command: str, **more: Any) -> Question:
    return Question(tenant_id=of.one.tenant_id, device_id=of.one.id, command=command, **more)


async def gather(answerer: Answerer, asked: Question) -> list[Part]:
    return [part async for part in answerer.answer(asked)]


def ask(of: Land, command: str, run: Run = asyncio.run, **more: Any) -> tuple[list[dict[str, str]], Part]:
    """Ask, and give all rows with the last part."""
    parts = run(gather(of.answerer(), question(of, command, **more)))
    return [row for part in parts for row in part.rows], parts[-1]


def refused(of: Land, command: str, **more: Any) -> FleetError:
    with pytest.raises(FleetError) as found:
        ask(of, command, **more)
    return found.value


def test_a_menu_is_told_with_the_epoch_under_which_it_was_asked(fleet_of_three: Served) -> None:
    rows, last = ask(land(fleet_of_three), "/system/identity/print", properties=("name",))
    assert len(rows) == 1
    assert rows[0]["name"]
    assert (last.last, last.epoch, last.more) == (True, 3, False)


def test_no_more_rows_than_asked_for_come_and_that_is_said(fleet_of_three: Served) -> None:
    rows, last = ask(land(fleet_of_three), "/interface/print", rows=1)
    assert (len(rows), last.more) == (1, True)


def test_queries_pick_rows(fleet_of_three: Served) -> None:
    rows, _ = ask(land(fleet_of_three), "/interface/print", properties=("name",), queries=("?name=ether1",))
    assert rows == [{"name": "ether1"}]


def test_pings_come_by_and_by() -> None:
    given = {"address": "127.0.0.1", "count": "4", "interval": "500ms"}
    with leaping() as (runner, served, _):
        of = land(served)
        parts = runner.run(gather(of.answerer(), question(of, "/ping", attributes=given)))
    assert [row["seq"] for part in parts for row in part.rows] == ["0", "1", "2", "3"]
    assert sum(bool(part.rows) for part in parts) > 1


def test_a_way_is_told_once_and_the_newest_lines_of_a_log(fleet_of_three: Served) -> None:
    of = land(fleet_of_three)
    hops, _ = ask(of, "/tool/traceroute", attributes={"address": "127.0.0.1", "count": "2"}, keep=Keep.SECTION)
    assert [hop["address"] for hop in hops] == ["127.0.0.1"]
    assert hops[0]["sent"] == "2"
    every, _ = ask(of, "/log/print", rows=500, keep=Keep.NEWEST)
    newest, _ = ask(of, "/log/print", rows=2, keep=Keep.NEWEST)
    assert newest[0]["message"] in [row["message"] for row in every[-4:]]


def test_secrets_do_not_leave_the_owner_unless_they_may(fleet_of_three: Served) -> None:
    of = land(fleet_of_three)
    rows, _ = ask(of, "/snmp/community/print")
    plain, _ = ask(of, "/snmp/community/print", unmasked=True)
    assert {row["name"] for row in rows} == {"*****"}
    assert "*****" not in {row["name"] for row in plain}


@pytest.mark.parametrize("command", ["/system/reboot", "/ip/address/add", "/system/script/run", "/execute"])
def test_nothing_is_done_for_a_question_whoever_asks(fleet_of_three: Served, command: str) -> None:
    assert refused(land(fleet_of_three), command).code in ("command_refused", "needs_push")


def test_another_tenants_device_is_not_known(fleet_of_three: Served) -> None:
    of = land(fleet_of_three)
    foreign = Question(tenant_id=UUID(int=99), device_id=of.one.id, command="/interface/print")
    with pytest.raises(Unavailable):
        asyncio.run(gather(of.answerer(), foreign))


def test_only_held_partitions_are_ours_to_ask(fleet_of_three: Served) -> None:
    of = land(fleet_of_three)
    assert of.answerer().holds(of.one.partition)
    assert not of.answerer().holds(of.one.partition + 1)
    of.owned = False
    assert not of.answerer().holds(of.one.partition)


def test_what_the_device_refuses_is_told_in_its_words(fleet_of_three: Served) -> None:
    assert "no such command" in refused(land(fleet_of_three), "/no/such/print").message


def test_an_errand_goes_first(fleet_of_three: Served) -> None:
    of = land(fleet_of_three)
    of.busy.add(of.one.id)
    assert isinstance(refused(of, "/interface/print"), Busy)


def test_a_lost_device_is_given_up() -> None:
    with leaping() as (runner, served, _):
        of = land(served)

        def lose() -> None:
            of.owned = False

        assert "changed hands" in runner.run(meanwhile(of, lose)).message


async def meanwhile(of: Land, act: Callable[[], None]) -> FleetError:
    """Ping for long, do something meanwhile, and give what became of the ping."""
    asked = question(of, "/ping", attributes={"address": "127.0.0.1", "count": "20"}, seconds=20)

    async def pinging() -> None:
        async for part in of.answerer().answer(asked):
            if part.rows:
                act()

    with pytest.raises(FleetError) as found:
        await pinging()
    return found.value


def test_two_questions_at_once_are_one_too_many(fleet_of_three: Served) -> None:
    of = land(fleet_of_three)

    async def both() -> list[Any]:
        answerer = of.answerer()
        work: list[Coroutine[Any, Any, list[Part]]] = [
            gather(answerer, question(of, "/interface/print")) for _ in range(2)
        ]
        return await asyncio.gather(*work, return_exceptions=True)

    first, second = asyncio.run(both())
    assert isinstance(first, list)
    assert isinstance(second, Busy)


def test_what_takes_too_long_is_cut_off() -> None:
    given = {"address": "127.0.0.1", "count": "20"}
    with leaping() as (runner, served, _):
        rows, last = ask(land(served), "/ping", runner.run, attributes=given, seconds=3)
    assert 0 < len(rows) < 20
    assert last.more
