"""A rollout as it goes on, at the command line: told by its events, and by the store wherever some may be missing."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from uuid import UUID

import typer

from bus import listening, subjects
from bus.connection import Bus
from cluster import terminal
from cluster.console import Console
from db import rollouts
from db.accounts import TenantRow
from db.rollouts import Row
from fleet.errors import Unavailable
from fleet.events import Event, FirmwareProgressEvent, FirmwareRolloutEvent
from fleet.rollouts.states import BAD, ENDED, OVER, RolloutState


@dataclass
class Story:
    """What is told of a rollout, each thing once. ``names`` are those of its devices, ``over`` is set at its end."""

    rollout_id: UUID
    names: Mapping[UUID, str]
    tell: Callable[[str], None]
    as_json: bool = False
    over: asyncio.Event = field(default_factory=asyncio.Event)
    _last: str = ""

    def hear(self, event: Event) -> None:
        """Tell of an event, if it is one of this rollout."""
        if isinstance(event, FirmwareProgressEvent) and event.rollout_id == self.rollout_id:
            name = self.names.get(event.device_id, "a device") if event.device_id else "a device"
            why = f": {event.error}" if event.error else ""
            told = {"device": name, "stage": event.state.value, "target": event.target, "why": event.error}
            self._say(f"{name} {event.state} for {event.target}{why}", told)
        if isinstance(event, FirmwareRolloutEvent) and event.rollout_id == self.rollout_id:
            self.stand(event.state, (event.total, event.ended, event.failed), event.error)

    def stand(self, state: RolloutState, counts: tuple[int, int, int], why: str | None) -> None:
        """Tell where it stands: how many devices it has, how many of them ended, and how many of these not well."""
        total, ended, failed = counts
        told = {"state": state.value, "total": total, "ended": ended, "failed": failed, "why": why}
        bad = f", {failed} of them not well" if failed else ""
        self._say(f"{state}: {ended} of {total} ended{bad}{f'. {why}' if why else ''}", told)
        if state in ENDED:
            self.over.set()

    def _say(self, text: str, told: Mapping[str, object]) -> None:
        line = json.dumps(told) if self.as_json else text
        if line != self._last:
            self._last = line
            self.tell(line)


def follow(here: Console, one: TenantRow, rollout_id: UUID, as_json: bool) -> None:
    """Tell of a rollout until it has ended; raises Unavailable where NATS is not known."""
    if not here.settings.nats_url:
        raise Unavailable("A rollout cannot be followed from here: NATS is not known.", "Run it where Flotilla runs.")
    with here.entered(one) as session:
        found = rollouts.standings(session, rollout_id)
    names: dict[UUID, str] = {standing.member.device_id: standing.member.name for standing in found}
    tell = typer.echo if as_json else _print
    asyncio.run(_follow(here, one, Story(rollout_id, names, tell, as_json)))


async def _follow(here: Console, one: TenantRow, story: Story) -> None:
    def catch_up() -> None:
        # Where the store is away, the next event tells.
        with suppress(Unavailable), here.entered(one) as session:
            catch(story, rollouts.one(session, story.rollout_id))

    async with Bus(here.settings.nats_url, name="command line", token=here.settings.nats_token) as bus:
        kinds = [subjects.of_tenant(kind, one.id) for kind in subjects.FIRMWARE.values()]
        ears = [asyncio.create_task(listening.listen(bus, kind, story.hear, catch_up)) for kind in kinds]
        await story.over.wait()
        for ear in ears:
            ear.cancel()
        await asyncio.gather(*ears, return_exceptions=True)


def catch(story: Story, row: Row) -> None:
    """Tell where a rollout stands by the store."""
    ended, failed = (sum(row.stages.get(stage, 0) for stage in stages) for stages in (OVER, BAD))
    story.stand(row.state, (sum(row.stages.values()), ended, failed), row.why)


def _print(line: str) -> None:
    terminal.out.print(terminal.clean(line))
