"""Which messages follow from what alerts did: routes × turns × the messages there are. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final
from uuid import UUID, uuid5

from fleet.alerts.telling import Message, Notice, Recipient, Turn, Way, What

SPACE: Final = UUID("0d0c8f43-3f4f-4a55-8f0e-7b1c4f1a4a21")
"""A message is known by its route, its receiver and the first turn in it, whoever decides it."""

_BEGUN: Final = (What.FIRED, What.ESCALATED)
_ORDER: Final = (What.FIRED, What.RESOLVED)


@dataclass(frozen=True, slots=True)
class Decision:
    """What is to be: the messages that are new or another than before, and the turns that are settled or wait."""

    messages: Mapping[UUID, Message]
    settled: Sequence[UUID]
    held: Sequence[UUID]


def decide(ways: Iterable[Way], turns: Iterable[Turn], messages: Iterable[Message]) -> Decision:
    """Decide for each turn whom to tell, once for each receiver.

    ``messages`` are those that nobody has begun to send, and all that tell anything of the turns' alerts. A turn that
    waits is given again with the next one of its alert. It makes no difference in how many parts turns come.
    """
    fold = _Fold(sorted(ways, key=lambda way: (way.place, way.name, way.id)), {one.id: one for one in messages})
    for turn in sorted(turns, key=lambda one: (one.at, _ORDER.index(one.what), one.alert_id)):
        if turn.what is What.FIRED:
            fold.fired(turn)
        else:
            fold.resolved(turn)
    held = {turn.event_id for turn in fold.held.values()}
    return Decision(
        {its_id: fold.messages[its_id] for its_id in fold.changed}, [one for one in fold.seen if one not in held],
        [one for one in fold.seen if one in held],
    )  # fmt: skip


@dataclass(slots=True)
class _Fold:
    ways: Sequence[Way]
    messages: dict[UUID, Message]
    changed: dict[UUID, None] = field(default_factory=dict)
    seen: list[UUID] = field(default_factory=list)
    held: dict[UUID, Turn] = field(default_factory=dict)

    def fired(self, turn: Turn) -> None:
        """Tell that an alert stands, unless it is silenced: then that waits until it is not, or is over."""
        self.seen.append(turn.event_id)
        if turn.silenced:
            self.held[turn.alert_id] = turn
            return
        for way, starts in self._chosen(turn):
            self._put(way, way.to, What.FIRED, turn, starts)
            if way.escalation is not None and way.digest is None:
                self._put(way, way.escalation.to, What.ESCALATED, turn, starts + way.escalation.after)

    def resolved(self, turn: Turn) -> None:
        """Tell that an alert is over, to whom its begin was told; who had not been told yet hears nothing."""
        self.seen.append(turn.event_id)
        if self.held.pop(turn.alert_id, None) is not None:
            return
        told: dict[Recipient, Message] = {}
        for message in sorted(self.messages.values(), key=lambda one: (one.opened, one.id)):
            mine = [one for one in message.notices if one.alert_id == turn.alert_id and one.what in _BEGUN]
            if not mine:
                continue
            if message.unsent and turn.at < message.until and message.what is not What.DIGEST:
                self._keep(replace(message, notices=[one for one in message.notices if one not in mine]))
            else:
                told.setdefault(message.to, message)
        for to, message in sorted(told.items()):
            way = next((one for one in self.ways if one.id == message.way_id), None)
            way = way or Way(id=message.way_id or message.id, name=message.way, to=to)
            self._put(way, to, What.RESOLVED, turn, way.hours.coming(turn.at))

    def _chosen(self, turn: Turn) -> Iterator[tuple[Way, datetime]]:
        """Yield an alert's routes. Where none is open at that hour, the one that opens first waits until then."""
        taking = [way for way in self.ways if way.takes(turn)]
        open_now = [way for way in taking if way.hours.open(turn.at)]
        if taking and not open_now:
            first = min(taking, key=lambda way: way.hours.coming(turn.at))
            yield first, first.hours.coming(turn.at)
        for way in open_now:
            yield way, turn.at
            if not way.goes_on:
                return

    def _put(self, way: Way, to: Recipient, what: What, turn: Turn, starts: datetime) -> None:
        """Lay a turn into the message that gathers such, or into a new one; what a receiver was told is left out."""
        notice = Notice(turn.alert_id, what, turn.at)
        if any(_tells(message, to, notice) for message in self.messages.values()):
            return
        kind = What.DIGEST if way.digest is not None and what is not What.ESCALATED else what
        for message in self.messages.values():
            if (message.way_id, message.to, message.what) == (way.id, to, kind) and message.gathers(starts):
                self._keep(replace(message, notices=[*message.notices, notice]))
                return
        opened, until = way.window(starts, what)
        made = uuid5(SPACE, f"{way.id} {to.channel_id} {to.person} {kind} {turn.alert_id} {turn.at.isoformat()}")
        self._keep(
            Message(
                id=made, way_id=way.id, way=way.name, to=to, what=kind, opened=opened, until=until, notices=[notice]
            )
        )

    def _keep(self, message: Message) -> None:
        self.messages[message.id] = message
        self.changed[message.id] = None


def _tells(message: Message, to: Recipient, notice: Notice) -> bool:
    return message.to == to and any((n.alert_id, n.what) == (notice.alert_id, notice.what) for n in message.notices)
