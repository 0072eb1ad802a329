"""An operator looks at dead letters and replays them when what they died of is mended."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from structlog.testing import capture_logs
from typer.testing import CliRunner, Result

from bus import streams, subjects
from bus.connection import Bus
from bus.pull import Pull
from bus.streams import DEAD_LETTERS, DEVICE_EVENTS, WRITER
from cluster.__main__ import app
from cluster.servers.state import State
from fleet import settings
from fleet.errors import BadInput, FleetError, NotFound, StartRefused, Unavailable
from fleet.events import encode
from tests.bus.brokers import Broker, running
from tests.bus.children import NOBODY, status

Run = Callable[..., Result]
JUNK = b"\xc1 nonsense"


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Broker]:
    with running(tmp_path / "broker") as server:
        yield server


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Path]:
    """A state directory that this process holds, as a running Flotilla does."""
    with State(tmp_path / "state") as held:
        yield held.path


@pytest.fixture
def run(place: Path, broker: Broker) -> Run:
    return runner(place, nats_url=broker.url, nats_token=broker.token)


@pytest.fixture
def three(run: Run, broker: Broker) -> Run:
    """Run commands where three events died: one that is whole, two that cannot be decoded."""
    asyncio.run(bury(broker, encode(status(1)), JUNK, JUNK))
    return run


def runner(place: Path, **more: str) -> Run:
    settings.announce(settings.load(place, announced=False, **more))

    def ask(*words: str) -> Result:
        with capture_logs():
            return CliRunner().invoke(app(), ["dlq", *words, "--state", str(place)])

    return ask


async def bury(broker: Broker, *bodies: bytes) -> None:
    """Have events die, each for the first time it is delivered."""
    async with Bus(broker.url, name="test", token=broker.token) as bus:
        js = await bus.jetstream()
        await streams.ensure(js)
        for body in bodies:
            await js.publish(subjects.of(status(1)), body)
        pull = Pull(bus, WRITER)
        while (await js.stream_info(DEAD_LETTERS.name)).state.messages < len(bodies):
            for delivery in await pull.batch():
                assert await pull.bury(delivery, "RuntimeError: cannot be stored")
                await delivery.ack()
        await pull.close()


async def published(broker: Broker) -> list[tuple[str, bytes, dict[str, str]]]:
    async with Bus(broker.url, name="test", token=broker.token) as bus:
        js = await bus.jetstream()
        last = (await js.stream_info(DEVICE_EVENTS.name)).state.last_seq
        found = [await js.get_msg(DEVICE_EVENTS.name, sequence) for sequence in range(1, last + 1)]
    return [(x.subject or "", x.data or b"", dict(x.headers or {})) for x in found]


def done(result: Result, code: int = 0) -> str:
    assert result.exit_code == code, (result.output, result.exception)
    return result.stdout


def refused(result: Result, kind: type[FleetError]) -> str:
    assert isinstance(result.exception, kind), (result.output, result.exception)
    assert result.exception.next_step
    return str(result.exception)


def listed(run: Run) -> list[int]:
    return [letter["sequence"] for letter in json.loads(done(run("list", "--json")))["letters"]]


def test_letters_are_listed_in_pages_with_their_reasons(three: Run) -> None:
    page = json.loads(done(three("list", "--limit", "2", "--json")))
    first = page["letters"][0]
    assert [letter["sequence"] for letter in page["letters"]] == [1, 2]
    assert page["after"] == 2
    assert (first["durable"], first["subject"]) == ("writer", subjects.of(status(1)))
    assert (first["reason"], first["deliveries"]) == ("RuntimeError: cannot be stored", 1)
    assert first["at"].endswith("+00:00")
    rest = json.loads(done(three("list", "--after", "2", "--json")))
    assert ([letter["sequence"] for letter in rest["letters"]], rest["after"]) == ([3], None)
    told = three("list", "--limit", "2")
    assert "RuntimeError:" in done(told)
    assert "--after 2" in told.stderr


def test_a_letter_is_shown_with_its_event_or_as_it_is(three: Run) -> None:
    whole = json.loads(done(three("show", "1", "--json")))
    assert (whole["event"]["event"], whole["event"]["state"]) == ("DeviceStatusEvent", "up")
    assert whole["origin"] == 1
    assert json.loads(done(three("show", "2", "--json")))["data"] == "wSBub25zZW5zZQ=="
    assert "DeviceStatusEvent" in done(three("show", "1"))
    assert "wSBub25zZW5zZQ==" in done(three("show", "2"))


def test_named_letters_are_replayed_and_gone(three: Run, broker: Broker) -> None:
    answer = json.loads(done(three("replay", "1", "3", "1", "--json")))
    assert answer == {"replayed": {"1": 4, "3": 5}, "failed": {}}
    assert listed(three) == [2]
    (subject, data, headers) = asyncio.run(published(broker))[3]
    assert (subject, data) == (subjects.of(status(1)), encode(status(1)))
    assert headers["Flotilla-Sequence"] == "1"


def test_all_are_replayed(three: Run) -> None:
    assert "3 replayed, 0 not" in done(three("replay", "--all"))
    assert listed(three) == []
    assert "0 replayed" in done(three("replay", "--all"))


def test_a_letter_that_is_not_there_changes_nothing(three: Run) -> None:
    assert "17" in refused(three("replay", "1", "17"), NotFound)
    assert listed(three) == [1, 2, 3]
    refused(three("show", "17"), NotFound)


def test_what_is_to_be_replayed_must_be_said(run: Run) -> None:
    refused(run("replay"), BadInput)
    refused(run("replay", "1", "--all"), BadInput)


def test_letters_that_could_not_be_replayed_stay(three: Run, broker: Broker) -> None:
    async def forget() -> None:
        async with Bus(broker.url, name="test", token=broker.token) as bus:
            await (await bus.jetstream()).delete_stream(DEVICE_EVENTS.name)

    asyncio.run(forget())
    answer = json.loads(done(three("replay", "--all", "--json"), code=1))
    assert answer["replayed"] == {}
    assert list(answer["failed"]) == ["1", "2", "3"]
    assert "DEVICE_EVENTS" in answer["failed"]["1"]
    assert listed(three) == [1, 2, 3]


def test_without_letters_the_list_is_empty(run: Run) -> None:
    assert json.loads(done(run("list", "--json"))) == {"letters": [], "after": None}


def test_without_nats_or_a_flotilla_it_is_said(place: Path, tmp_path: Path) -> None:
    assert "does not answer" in refused(runner(place, nats_url=NOBODY)("list"), Unavailable)
    nothing = CliRunner().invoke(app(), ["dlq", "list", "--state", str(tmp_path / "nothing")])
    assert "flotilla up" in refused(nothing, StartRefused)


def test_help_shows_an_example_and_the_statuses() -> None:
    for name in ("list", "show", "replay"):
        told = CliRunner().invoke(app(), ["dlq", name, "--help"]).stdout
        assert f"flotilla dlq {name}" in told
        assert "Exit statuses" in told
