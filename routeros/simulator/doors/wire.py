"""The router's side of the wire: bytes to commands, rows to bytes. Written apart from the client, to check it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from routeros.simulator.router import Active

LONGEST_WORD = 96 * 1024
"""A value of 100 KiB makes a router close the connection without a word; 60 KiB are accepted."""

_EMPTY = re.compile(rb"\0+")
_SHORT = tuple(bytes((n,)) for n in range(0x80))


class Broken(Exception):
    """What came cannot be read on from: a reserved control byte or a word beyond all bounds."""


class Wire(Protocol):
    """What a session writes to."""

    def write(self, data: bytes) -> None: ...

    def close(self) -> None:
        """End the connection after what was written."""
        ...

    def abort(self) -> None:
        """End the connection at once."""
        ...


@dataclass(frozen=True, slots=True)
class Call:
    """One command as it came: ``/interface/print`` is menu ``/interface`` and verb ``print``.

    ``who`` gives it: someone logged in, or None for the router itself, which may do everything.
    """

    menu: str
    verb: str
    attributes: Mapping[str, str] = field(default_factory=dict)
    queries: tuple[str, ...] = ()
    tag: str | None = None
    who: Active | None = None

    @property
    def path(self) -> str:
        return f"{self.menu}/{self.verb}"


def text(received: bytes) -> str:
    """Read a word; bytes that are not UTF-8 survive until ``word`` writes them again."""
    return received.decode("utf-8", "surrogateescape")


def call(received: Iterable[bytes], who: Active | None = None) -> Call:
    """Read a command's words. What is neither attribute nor query nor tag is passed over, as routers do."""
    first, *rest = map(text, received)
    menu, _, verb = first.rstrip("/").rpartition("/")
    attributes = {}
    queries = []
    tag = None
    for said in rest:
        if said.startswith("="):
            name, _, value = said[1:].partition("=")
            attributes[name] = value
        elif said.startswith("?"):
            queries.append(said[1:])
        elif said.startswith(".tag="):
            tag = said[5:]
    return Call("/" + menu.strip("/") if menu.strip("/") else "", verb, attributes, tuple(queries), tag, who)


class Reader:
    """Collects bytes until sentences are whole; empty sentences are passed over."""

    __slots__ = ("_buffer", "_longest", "_words")

    def __init__(self, longest: int = LONGEST_WORD) -> None:
        self._buffer = bytearray()
        self._words: list[bytes] = []
        self._longest = longest

    def feed(self, data: bytes) -> list[list[bytes]]:
        """Take bytes and return the sentences that they complete; raises Broken."""
        self._buffer += data
        sentences: list[list[bytes]] = []
        place = 0
        while (found := self._word(place)) is not None:
            content, place = found
            if content:
                self._words.append(content)
            elif self._words:
                sentences.append(self._words)
                self._words = []
            elif empty := _EMPTY.match(self._buffer, place):
                place = empty.end()
        del self._buffer[:place]
        return sentences

    def allow(self, longest: int) -> None:
        """Take words up to another length from now on."""
        self._longest = longest

    @property
    def busy(self) -> bool:
        """Whether it is in the middle of a sentence."""
        return bool(self._buffer or self._words)

    @property
    def held(self) -> int:
        """The words of the sentence that is not whole yet."""
        return len(self._words)

    def _word(self, place: int) -> tuple[bytes, int] | None:
        """Read the word at ``place`` and tell where the next one begins; None while bytes are missing."""
        head = self._buffer[place : place + 4]
        if not head:
            return None
        length, size = head[0], 1
        if length >= 0x80:
            size = _size(length)
            if len(head) < size:
                return None
            length = int.from_bytes(head[:size], "big") & ((1 << (7 * size)) - 1)
        if length > self._longest:
            raise Broken(f"a word of {length} bytes")
        end = place + size + length
        return (bytes(self._buffer[place + size : end]), end) if end <= len(self._buffer) else None


def _size(first: int) -> int:
    """Tell how many bytes a length takes, from its first."""
    for size, limit in ((2, 0xC0), (3, 0xE0), (4, 0xF0)):
        if first < limit:
            return size
    raise Broken(f"the control byte {first:#x}")


def encode(words: Iterable[str]) -> bytes:
    """Turn one sentence into bytes."""
    return b"".join(map(word, words)) + b"\0"


def sentence(opening: bytes, row: Mapping[str, str]) -> bytes:
    """Turn a row into bytes, after the words of ``opening``, which are bytes already."""
    return opening + b"".join([word(f"={name}={value}") for name, value in row.items()]) + b"\0"


def word(content: str) -> bytes:
    """Turn one word into bytes, its length first."""
    data = content.encode("utf-8", "surrogateescape")
    return (_SHORT[len(data)] if len(data) < 0x80 else _length(len(data))) + data


def _length(length: int) -> bytes:
    for size, limit, mark in ((2, 0x4000, 0x8000), (3, 0x200000, 0xC00000), (4, 0x10000000, 0xE0000000)):
        if length < limit:
            return (length | mark).to_bytes(size, "big")
    raise ValueError(f"a word of {length} bytes cannot be sent")
