"""Whether two values mean the same to a device, however they are written."""

from __future__ import annotations

import re
from typing import Final

from routeros.values import duration

_TEXTS: Final = frozenset({"comment", "name", "note", "on-event", "source"})
_WORDS: Final = {"true": "yes", "false": "no"}
_RATE: Final = re.compile(r"(\d+)([kMG])(?=/|\Z)")
_HOST: Final = re.compile(r"(\d+\.\d+\.\d+\.\d+)/32\Z")
_MORE: Final = {"k": 10**3, "M": 10**6, "G": 10**9}
_SETS: Final = frozenset(
    {
        "address-lists",
        "authentication-types",
        "connection-nat-state",
        "connection-state",
        "group-ciphers",
        "interfaces",
        "policy",
        "slaves",
        "tagged",
        "topics",
        "unicast-ciphers",
        "untagged",
    }
)
"""Lists whose order means nothing. Of a policy's words those with ``!`` say what is so without them."""


def meant(name: str, value: str) -> str:
    """Reduce a value to one way of writing it, for comparison alone."""
    if name in _TEXTS:
        return value
    value = _WORDS.get(value, value)
    if name in _SETS:
        words = {word for word in value.split(",") if word and not (name == "policy" and word.startswith("!"))}
        return ",".join(sorted(words))
    try:
        return f"{duration(value).total_seconds()}s"
    except ValueError:
        pass
    value = _RATE.sub(lambda found: str(int(found[1]) * _MORE[found[2]]), value)
    host = _HOST.match(value)
    return host[1] if host and name != "address" else value


def alike(name: str, one: str, other: str) -> bool:
    """Tell whether two values of a property mean the same."""
    return one == other or meant(name, one) == meant(name, other)
