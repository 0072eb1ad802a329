"""Words and sentences of the API: commands to bytes, bytes to sentences, without any input or output."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from librouteros.protocol import encode_sentence

from routeros.errors import ProtocolError
from routeros.sentences import TAG, TEXT, Bounds, PurePython, Row, Run, Sentence, weigh

try:
    from routeros._words import Parser
except ImportError:
    Parser = PurePython  # type: ignore[misc, assignment]

__all__ = [
    "COMPILED",
    "TAG",
    "TEXT",
    "Bounds",
    "Command",
    "Parser",
    "PurePython",
    "Row",
    "Run",
    "Sentence",
    "encode",
    "weigh",
]

COMPILED: Final = Parser.__module__ == "routeros._words"
"""Whether received bytes are read by compiled code (``_words.c``). Either way the results are the same."""


def encode(*words: str) -> bytes:
    """Encode one sentence; raises ProtocolError for text that UTF-8 cannot hold."""
    try:
        return bytes(encode_sentence(*words, encoding="utf-8"))
    except UnicodeEncodeError as error:
        raise ProtocolError(f"A word cannot be sent: {error.reason}.") from error


@dataclass(frozen=True, slots=True)
class Command:
    """A command as it is sent: menu and verb, the properties to tell (none: all), attributes, query words.

    ``encoded`` is the sentence without its tag and its end. Attributes may be secrets and are never printed.
    ``rows`` and ``seconds`` bound what its reply may cost; 0 is as much as the connection and the caller allow.
    """

    menu: str
    properties: tuple[str, ...] = ()
    attributes: Mapping[str, str] = field(default_factory=dict, repr=False, hash=False)
    queries: tuple[str, ...] = ()
    rows: int = field(default=0, repr=False, compare=False)
    seconds: float = field(default=0.0, repr=False, compare=False)
    encoded: bytes = field(init=False, repr=False, compare=False)
    _hash: int = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        if not self.menu.startswith("/"):
            raise ValueError(f"{self.menu!r} is no command: it begins with /")
        if bad := [q for q in self.queries if not q.startswith("?")]:
            raise ValueError(f"{bad[0]!r} is no query word: it begins with ?")
        if bad := [name for name in self.attributes if not name or "=" in name]:
            raise ValueError(f"{bad[0]!r} is no name of an attribute")
        object.__setattr__(self, "encoded", encode(*self._words())[:-1])
        object.__setattr__(self, "_hash", hash((self.menu, self.properties, self.queries)))

    def __hash__(self) -> int:
        return self._hash  # Commands are looked up in every poll, and have many properties.

    def tagged(self, tag: str) -> bytes:
        """The whole sentence with ``tag``, ready to be written."""
        return self.encoded + f"{chr(len(tag) + 5)}.tag={tag}\0".encode("ascii")

    def _words(self) -> list[str]:
        listed = [f"=.proplist={','.join(self.properties)}"] if self.properties else []
        return [self.menu, *listed, *(f"={name}={value}" for name, value in self.attributes.items()), *self.queries]
