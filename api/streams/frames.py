"""What is written to a client: messages of ``text/event-stream``, each with the id from which it can go on."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from api.streams.journal import Item, Journal
from api.streams.place import Place, label
from api.streams.telling import Families, Reason, Resync
from api.streams.topics import FLEETING, RESYNC, Topic, Wish


@dataclass(frozen=True, slots=True)
class Frame:
    """Bytes of whole messages, and where their reader is afterwards."""

    data: bytes
    place: Place


def begin(retry: int) -> str:
    """Write the beginning of a stream: after how many milliseconds to come back when it breaks off."""
    return f"retry: {retry}\n\n"


def beat(place: Place) -> bytes:
    """Write a sign of life; a client takes the id without being told of anything."""
    return f": still here\nid: {place}\n\n".encode()


def silence() -> bytes:
    """Write a sign of life while nobody knows where the streams are."""
    return b": NATS is away\n\n"


def resync(reason: Reason, topics: Iterable[Topic], place: Place) -> bytes:
    """Write that events of these topics were not told."""
    told = Resync(reason=reason, topics=sorted(topics)).model_dump_json()
    return f"id: {place}\nevent: {RESYNC}\ndata: {told}\n\n".encode()


def write(items: Iterable[Item], wish: Wish, place: Place, families: Families) -> Frame:
    """Write what a client wants of these and was not told yet, one message behind the other."""
    parts: list[bytes] = []
    sequences = list(place.sequences)
    for item in items:
        if item.sequence > sequences[item.source] and wish.covers(item.topic, item.device_id):
            sequences[item.source] = item.sequence
            parts += (b"id: ", label(place.marks, sequences).encode(), b"\n", item.written(families))
    return Frame(b"".join(parts), Place(place.marks, tuple(sequences)))


def missed(journal: Journal, number: int, wish: Wish, slow: bool) -> bool:
    """Tell whether ticks that a client wants came and went since it read up to ``number``.

    That a newer tick took the place of an older one counts for a ``slow`` client alone: else they fell in one tick.
    """
    if wish.topics.isdisjoint(FLEETING):
        return False
    return journal.faded > number or (
        slow
        and any(item.before > number and wish.covers(item.topic, item.device_id) for item in journal.behind(number))
    )
