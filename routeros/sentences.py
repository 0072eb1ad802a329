"""Sentences from received bytes, in pure Python; ``_words.c`` is its compiled twin, with equal results and errors."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import partial
from io import BytesIO
from sys import intern
from typing import Final, TypeAlias

from routeros.errors import ProtocolError

Row: TypeAlias = dict[str, str]
Sentence: TypeAlias = tuple[str, Row]
"""The reply word (``!re``) and what came with it."""

Run: TypeAlias = tuple[str, str, list[Row]]
"""A reply word, its tag ("" where there is none), and its row; ``!re`` in succession with one tag share a run."""

TAG: Final = "=tag"
"""Where a sentence keeps its ``.tag``. The name of an attribute has no ``=``, so none can stand in its place."""

TEXT: Final = "=text"
"""Where a sentence keeps a bare word, like the reason of a ``!fatal``."""


PROPERTY: Final = 64
"""What a property takes in memory beside its text, in bytes: without text a row would seem to be nothing."""


def weigh(rows: Iterable[Row]) -> int:
    """Tell what rows take in memory beside their text."""
    return PROPERTY * sum(map(len, rows))


VARIED: Final = 64
"""A property of which so many values came is one like a name or an address, whose next value is a new one, too."""


class Memo(dict[bytes, tuple[str, str]]):
    """Received words, split into name and value; text is UTF-8, or else latin-1.

    Most words of a fleet are the same ones, so they are split once. What hardly ever comes again is not kept: long
    numbers, which are counters, and what varies from device to device. A full memo starts afresh.
    """

    __slots__ = ("_kept", "_room")

    def __init__(self, room: int = 16384) -> None:
        super().__init__()
        self._room = room
        self._kept: dict[str, int] = {}

    def __missing__(self, word: bytes) -> tuple[str, str]:
        try:
            before, name, value = word.decode().split("=", 2)
        except ValueError:  # It is no attribute, or no UTF-8.
            return self._other(word)
        if before:
            return self._other(word)
        pair = (intern(name), value)
        kept = self._kept.get(name, 0)
        if kept < VARIED and len(word) <= 48 and not (len(value) > 6 and value.isdigit()):
            self._keep(word, pair)
            self._kept[name] = kept + 1
        return pair

    def _other(self, word: bytes) -> tuple[str, str]:
        try:
            text = word.decode()
        except UnicodeDecodeError:
            text = word.decode("latin-1")
        if text[:1] == "=":
            name, _, value = text[1:].partition("=")
            pair = (intern(name), value)
        else:
            pair = (TAG, text[5:]) if text.startswith(".tag=") else (TEXT, text)
        if len(word) <= 48:
            self._keep(word, pair)
        return pair

    def _keep(self, word: bytes, pair: tuple[str, str]) -> None:
        if len(self) >= self._room:
            self.clear()
            self._kept.clear()
        self[word] = pair


_memo: Final = Memo()


@dataclass(frozen=True, slots=True)
class Bounds:
    """What a router may send: bytes in a word, words and bytes in a sentence.

    The largest word a router is known to send is a file's contents, 60 KiB.
    """

    word: int = 256 * 1024
    words: int = 2048
    sentence: int = 1024 * 1024


class PurePython:
    """Turns received bytes into sentences, however they were split; holds no more than one sentence's bounds.

    After a ProtocolError the rest of the stream has no meaning any more.
    """

    __slots__ = ("_bounds", "_brief", "_memo", "_need", "_size", "_tail", "_words")

    def __init__(self, bounds: Bounds = Bounds(), memo: Memo = _memo) -> None:
        self._bounds = bounds
        self._brief = min(2 * bounds.words, bounds.sentence)
        self._memo = memo
        self._words: list[bytes] = []
        self._tail = bytearray()
        self._need = 0
        self._size = 0

    def feed(self, data: bytes) -> list[Sentence]:
        """Take bytes and return the sentences that they complete; empty sentences are passed over."""
        sentences: list[Sentence] = []
        data, position = self._joined(data), 0
        while position < len(data):
            sentence, position = self._one(data, position)
            if sentence:
                sentences.append(sentence)
        return sentences

    def runs(self, data: bytes) -> list[Run]:
        """Take bytes and return the sentences that they complete, the rows of one reply together."""
        runs: list[Run] = []
        data, position = self._joined(data), 0
        while position < len(data):
            if not self._words:
                position = self._quick(data, position, runs)
            sentence, position = self._one(data, position)
            if sentence:
                _add(runs, *sentence)
        return runs

    def _joined(self, data: bytes) -> bytes:
        """Put what is left of earlier bytes before these; nothing, where that would not complete a word."""
        if not self._tail:
            return data
        self._tail += data
        if len(self._tail) < self._need:
            return b""
        data, self._tail = bytes(self._tail), bytearray()
        return data

    def _quick(self, data: bytes, begin: int, runs: list[Run]) -> int:
        """Read short sentences of short words, each by a chain of built-in functions, without a step for a word.

        Returns where the first sentence begins that is not one of them, or is not whole.
        """
        stream = BytesIO(data)
        stream.seek(begin)
        read, tell, look, most = stream.read, stream.tell, self._memo.__getitem__, self._brief
        length, last, rows = partial(read, 1), _open(runs), runs[-1][2] if runs else []
        try:
            while True:
                pairs = map(look, map(read, map(_SHORT, iter(length, b"\0"))))
                reply = next(pairs, _NOTHING)[1]
                row = dict(pairs)
                end = tell()
                if end - begin > most:
                    return begin
                begin = end
                if reply == "!re":
                    tag = row.pop(TAG, "")
                    if tag == last:
                        rows.append(row)
                    else:
                        last, rows = tag, [row]
                        runs.append((reply, tag, rows))
                elif reply is not None:
                    last = None
                    runs.append((reply, row.pop(TAG, ""), [row]))
        except KeyError:
            return begin

    def _one(self, data: bytes, position: int) -> tuple[Sentence | None, int]:
        """Read on to the end of a sentence, or keep what there is; tells also where it came to."""
        words, begin, end = self._words, position - self._size, len(data)
        while position < end:
            length = data[position]
            start = position + 1
            if length > 0x7F:
                start, length = self._long(data, position)
            stop = start + length
            if stop > end:
                break
            position = stop
            if length:
                words.append(data[start:stop])
                continue
            if words:
                self._check(len(words), position - begin)
                pairs = map(self._memo.__getitem__, words)
                self._words, self._size = [], 0
                return (next(pairs)[1], dict(pairs)), position
            begin = position
        self._keep(words, data[position:], position - begin)
        return None, end

    def _keep(self, words: list[bytes], tail: bytes, size: int) -> None:
        self._check(len(words), size)
        self._words, self._size = words, size
        if tail:
            self._tail += tail
            start, length = self._long(tail, 0) if tail[0] > 0x7F else (1, tail[0])
            self._need = start + length

    def _check(self, words: int, size: int) -> None:
        if words > self._bounds.words or size > self._bounds.sentence:
            raise ProtocolError(
                f"The router sent a sentence above {self._bounds.words} words or {self._bounds.sentence} bytes."
            )

    def _long(self, data: bytes, position: int) -> tuple[int, int]:
        """Read a length of two to five bytes: where the word starts and how long it is.

        Of a length that has not arrived whole only the start is known, which lies beyond the data.
        """
        first = data[position]
        count, mask = next((n, m) for limit, n, m in _LENGTHS if first < limit)
        if not count:
            raise ProtocolError(f"The router sent the reserved control byte 0x{first:02X}.")
        start = position + count
        if len(data) < start:
            return start, 0
        length = int.from_bytes(data[position:start]) & mask
        if length > self._bounds.word:
            raise ProtocolError(f"The router sent a word of {length} bytes; the limit is {self._bounds.word}.")
        return start, length


def _open(runs: list[Run]) -> str | None:
    """Tell the tag whose rows may still join the last run."""
    return runs[-1][1] if runs and runs[-1][0] == "!re" else None


def _add(runs: list[Run], reply: str, row: Row) -> None:
    tag = row.pop(TAG, "")
    if reply == "!re" and _open(runs) == tag:
        runs[-1][2].append(row)
    else:
        runs.append((reply, tag, [row]))


_SHORT: Final = {bytes([n]): n for n in range(1, 0x80)}.__getitem__
_NOTHING: Final = ("", None)

_LENGTHS: Final = (
    (0xC0, 2, 0x3FFF),
    (0xE0, 3, 0x1FFFFF),
    (0xF0, 4, 0x0FFFFFFF),
    (0xF1, 5, 0xFFFFFFFF),
    (0x100, 0, 0),
)
"""First byte below, bytes of the length, and the bits that count. From 0xF1 on nothing is defined."""
