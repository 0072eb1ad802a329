"""The gates: what a device must be again after an upgrade, each against its own picture from before."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Final, Self

from fleet.rollouts.states import Verdict

KEPT: Final = 0.95
"""Of neighbours, routes, sessions and leases so many must be back."""

FEW: Final = 2
"""That so many leases or sessions of clients are missing proves nothing where they come and go by themselves."""

AWAY: Final = 0.5
"""Where so many are missing, it is no matter how many come and go."""

BUSIER: Final = 0.25
"""So much more of the processor may be busy than before."""

HUNGRIER: Final = 0.5
"""At least so much of the memory that was free before must be free."""

MOST_NAMED: Final = 8


@dataclass(frozen=True, slots=True)
class Usual:
    """How busy a device's processor is in its busy hours, and the bytes of memory that are free when it has few.

    ``leases`` and ``clients`` say by how many these vary within an hour. What is None was never seen.
    """

    busy: float | None = None
    free: int | None = None
    leases: int | None = None
    clients: int | None = None

    def document(self) -> dict[str, float | int | None]:
        """Write it as JSON."""
        return asdict(self)

    @classmethod
    def read(cls, told: Mapping[str, Any]) -> Self:
        """Read what ``document`` wrote; what a newer job says beside that is passed over."""
        return cls(**{name: value for name, value in told.items() if name in cls.__slots__})


@dataclass(frozen=True, slots=True)
class Picture:
    """How a device is at one moment; None where it could not be told.

    ``running`` are interfaces, those of clients that come and go not among them. ``free`` is memory in bytes.
    ``alarms`` are what its log says of critical things since its start, ``children`` those of the devices behind it
    that are in reach, by name. ``varying`` says by how many leases and clients vary within an hour, by their names
    here; of what is not in it that is not known.
    """

    version: str
    packages: frozenset[str]
    running: frozenset[str] | None = None
    neighbours: int | None = None
    routes: int | None = None
    peers: int | None = None
    leases: int | None = None
    clients: int | None = None
    busy: float | None = None
    free: int | None = None
    alarms: frozenset[str] | None = None
    children: frozenset[str] | None = None
    varying: Mapping[str, int] = field(default_factory=dict)

    def within(self, usual: Usual) -> Self:
        """Take what is usual for what was before, where this moment was a quieter one."""
        seen = {"leases": usual.leases, "clients": usual.clients}
        varying = {name: told for name, told in seen.items() if told is not None}
        busy = max((one for one in (self.busy, usual.busy) if one is not None), default=None)
        free = min((one for one in (self.free, usual.free) if one is not None), default=None)
        return replace(self, busy=busy, free=free, varying=varying)

    def document(self) -> dict[str, Any]:
        """Write it as JSON."""
        told: dict[str, Any] = asdict(self)
        return {name: sorted(value) if isinstance(value, frozenset) else value for name, value in told.items()}

    @classmethod
    def read(cls, told: Mapping[str, Any]) -> Self:
        """Read what ``document`` wrote."""
        read: dict[str, Any] = {}
        for name, value in told.items():
            read[name] = frozenset(value) if isinstance(value, list) else value
        return cls(**read)


@dataclass(frozen=True, slots=True)
class Check:
    """What one gate says."""

    gate: str
    verdict: Verdict
    why: str = ""


@dataclass(frozen=True, slots=True)
class Gate:
    """One thing that is compared; ``judge`` tells the verdict and why."""

    name: str
    judge: Callable[[Picture, Picture], tuple[Verdict, str]]


FINE: Final = (Verdict.PASS, "")


def compare(before: Picture, after: Picture, target: str, packages: Iterable[str]) -> tuple[Check, ...]:
    """Tell what each gate says of a device that was to be brought to ``target`` with exactly these packages."""
    return (*_exact(after, target, frozenset(packages)), *(Check(g.name, *g.judge(before, after)) for g in GATES))


def overall(checks: Iterable[Check]) -> Verdict:
    """Tell the verdict of all gates: one that fails fails the device."""
    found = {check.verdict for check in checks}
    if Verdict.FAIL in found:
        return Verdict.FAIL
    return Verdict.INCONCLUSIVE if Verdict.INCONCLUSIVE in found else Verdict.PASS


def said(checks: Iterable[Check]) -> str:
    """Tell in words what did not pass."""
    return " ".join(check.why for check in checks if check.verdict is not Verdict.PASS)


def _exact(after: Picture, target: str, packages: frozenset[str]) -> tuple[Check, Check]:
    runs = after.version == target
    version = Check("version", *(FINE if runs else (Verdict.FAIL, f"It runs {after.version} and not {target}.")))
    if missing := _named(packages - after.packages):
        return version, Check("packages", Verdict.FAIL, f"Packages are missing: {missing}.")
    if more := _named(after.packages - packages):
        return version, Check("packages", Verdict.FAIL, f"There are packages that were not meant: {more}.")
    return version, Check("packages", *FINE)


def _interfaces(before: Picture, after: Picture) -> tuple[Verdict, str]:
    if before.running is None or after.running is None:
        return _told(before.running, after.running, "its interfaces")
    gone = _named(before.running - after.running)
    return (Verdict.FAIL, f"Interfaces that ran do not run any more: {gone}.") if gone else FINE


def _counted(name: str, what: str, few: int = 0) -> Gate:
    """Make the gate of something of which so many must be back.

    That less than half are missing is nothing new where so many come and go within an hour anyway; where nobody knows
    whether they do, that a ``few`` are missing proves nothing.
    """

    def judge(before: Picture, after: Picture) -> tuple[Verdict, str]:
        had, has = getattr(before, name), getattr(after, name)
        if had is None or has is None:
            return _told(had, has, what)
        if has >= KEPT * had:
            return FINE
        told, missing = f"Of {had} {what} {has} are back.", had - has
        if name in before.varying:
            return FINE if missing <= before.varying[name] and missing < AWAY * had else (Verdict.FAIL, told)
        return Verdict.INCONCLUSIVE if missing <= few < had else Verdict.FAIL, told

    return Gate(name, judge)


def _busy(before: Picture, after: Picture) -> tuple[Verdict, str]:
    if before.busy is None or after.busy is None:
        return _told(before.busy, after.busy, "its processor")
    if after.busy <= before.busy + BUSIER:
        return FINE
    return Verdict.INCONCLUSIVE, f"Its processor is {after.busy:.0%} busy; usual is {before.busy:.0%} at most."


def _free(before: Picture, after: Picture) -> tuple[Verdict, str]:
    if before.free is None or after.free is None:
        return _told(before.free, after.free, "its memory")
    if after.free >= HUNGRIER * before.free:
        return FINE
    return Verdict.INCONCLUSIVE, "Less than half of the memory is free that usually is."


def _alarms(before: Picture, after: Picture) -> tuple[Verdict, str]:
    if after.alarms is None:
        return _told(before.alarms, after.alarms, "its log")
    fresh = _named(after.alarms - (before.alarms or frozenset()))
    return (Verdict.FAIL, f"Its log says: {fresh}.") if fresh else FINE


def _children(before: Picture, after: Picture) -> tuple[Verdict, str]:
    if before.children is None or after.children is None:
        return _told(before.children, after.children, "what is behind it")
    gone = _named(before.children - after.children)
    return (Verdict.FAIL, f"Devices behind it are not in reach any more: {gone}.") if gone else FINE


def _told(before: object, after: object, what: str) -> tuple[Verdict, str]:
    """Judge where something could not be told: what was not known before is not asked for after."""
    if before is None or after is not None:
        return FINE
    return Verdict.INCONCLUSIVE, f"It cannot be told any more: {what}."


def _named(those: Iterable[str]) -> str:
    names = sorted(those)
    more = f" and {len(names) - MOST_NAMED} more" if len(names) > MOST_NAMED else ""
    return ", ".join(names[:MOST_NAMED]) + more


GATES: Final = (
    Gate("interfaces", _interfaces),
    _counted("neighbours", "neighbours"),
    _counted("routes", "routes"),
    _counted("peers", "routing sessions"),
    _counted("leases", "leases", FEW),
    _counted("clients", "sessions of clients", FEW),
    Gate("cpu", _busy),
    Gate("memory", _free),
    Gate("log", _alarms),
    Gate("children", _children),
)
"""What is compared beside version and packages."""
