"""Prepared answers for benchmarks: a cycle that is known is answered in one write, with counters that grow."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from routeros.simulator.device import formats
from routeros.simulator.doors import replies
from routeros.simulator.doors.wire import Call, word
from routeros.simulator.ledger import POLL
from routeros.simulator.outcome import Refused, Reply, Row
from routeros.simulator.router import Router

COUNTING = frozenset(
    f"{kind}{way}-{what}" for kind in ("", "fp-") for way in ("rx", "tx") for what in ("byte", "packet")
)
TAG = b".tag="
_POLL = word(POLL)
_NOBODY = Call("", "")


@dataclass(slots=True)
class Counter:
    """A counter of a prepared row."""

    name: str
    value: int

    def next(self, _: float) -> bytes:
        """Grow by some and write the word."""
        self.value += 1 + self.value % 997
        return word(f"={self.name}={self.value}")


@dataclass(frozen=True, slots=True)
class Uptime:
    """The time since a boot."""

    booted: float

    def next(self, at: float) -> bytes:
        return word(f"=uptime={formats.span(at - self.booted)}")


@dataclass(frozen=True, slots=True)
class Tag:
    """The place of the tag."""

    def next(self, _: float) -> bytes:
        """Write nothing: there is no tag."""
        return b""


HERE = Tag()
Piece = bytes | Counter | Uptime | Tag


class Can:
    """A part of a router: answers by the bytes of the command, its tag left out."""

    def __init__(self, router: Router) -> None:
        self.router = router
        self._model = router.model
        self._answers: dict[bytes, list[Piece]] = {}
        router.watchers.add(lambda _, __: self._answers.clear())

    def learn(self, words: Iterable[bytes], came: Reply | Refused) -> None:
        """Prepare the answer to a command that only reads, from what it came to."""
        key = b"".join(word(one.decode("utf-8", "surrogateescape")) for one in words if not one.startswith(TAG))
        pieces: list[Piece] = []
        if isinstance(came, Refused):
            pieces += _marked(replies.trap(_NOBODY, came))
        elif came.returned is None:
            booted = self.router.booted(self.router.now()) if is_poll(key) else None
            pieces += [piece for row in came.rows for piece in _pieces(row, booted)]
            if not came.rows and self.router.model.version >= replies.EMPTY_SINCE:
                pieces += _marked(replies.empty(_NOBODY))
        returned = came.returned if isinstance(came, Reply) else None
        self._answers[key] = [*pieces, *_marked(replies.done(_NOBODY, returned))]

    def answer(self, data: bytes) -> tuple[bytes, Sequence[bytes]] | None:
        """Answer whole commands at once: the bytes, and which commands they were. None where one is not known."""
        if self._model is not self.router.model:
            self._model = self.router.model
            self._answers.clear()
        out: list[bytes] = []
        keys: list[bytes] = []
        at = self.router.now()
        *commands, rest = data.split(b"\0")
        for command in commands:
            key, tag = _parted(command)
            pieces = self._answers.get(key)
            if pieces is None:
                return None
            keys.append(key)
            for piece in pieces:
                if isinstance(piece, bytes):
                    out.append(piece)
                else:
                    out.append(tag if piece is HERE else piece.next(at))
        return (b"".join(out), keys) if keys and not rest else None


def is_poll(key: bytes) -> bool:
    """Tell whether a command is the one that is counted as a poll."""
    return key.startswith(_POLL)


def _parted(command: bytes) -> tuple[bytes, bytes]:
    """Part a command from its tag, both with the lengths of their words."""
    place = command.rfind(TAG)
    if place < 1:
        return command, b""
    end = place + command[place - 1]
    return command[: place - 1] + command[end:], command[place - 1 : end]


def _marked(sentence: bytes) -> list[Piece]:
    """Leave a place for the tag in a sentence that has none: after its first word."""
    first = 1 + sentence[0]
    return [sentence[:first], HERE, sentence[first:]]


def _pieces(row: Row, booted: float | None) -> Iterable[Piece]:
    yield from (b"\x03!re", HERE)
    held = b""
    for name, value in row.items():
        if name in COUNTING and value.isdigit():
            yield from (held, Counter(name, int(value)))
            held = b""
        elif name == "uptime" and booted is not None:
            yield from (held, Uptime(booted))
            held = b""
        else:
            held += word(f"={name}={value}")
    yield held + b"\0"
