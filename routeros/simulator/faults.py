"""What can be wrong with a router on purpose, so that a client can be seen to bear it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from fleet.errors import BadInput


class Kind(StrEnum):
    """Nonsense instead of replies; no connection at all; late replies; a login that is refused; none of these."""

    NONE = "none"
    GARBAGE = "garbage"
    DOWN = "down"
    SLOW = "slow"
    REFUSE_LOGIN = "refuse-login"


@dataclass(frozen=True, slots=True)
class Fault:
    """A fault; ``seconds`` is how late replies are."""

    kind: Kind = Kind.NONE
    seconds: float = 15.0


NONE = Fault()

GARBAGE = b"\x03!re\x07=uptime\xff\xf8" + bytes(range(0x80, 0x100))
"""A reply that begins well and goes on in reserved control bytes."""


def asked(request: Mapping[str, Any]) -> Fault:
    """Read a request of the control socket; raises BadInput."""
    try:
        kind = Kind(str(request.get("kind")))
        seconds = float(request.get("seconds", Fault().seconds))
    except ValueError as error:
        raise BadInput(f"{error}.", f"A kind is one of: {', '.join(Kind)}.") from error
    if not 0 <= seconds <= 3600:
        raise BadInput(f"{seconds} seconds are too many.", "Give 0 to 3600.")
    return Fault(kind, seconds)
