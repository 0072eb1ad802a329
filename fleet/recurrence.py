"""What comes again and again: a rule of iCalendar (RRULE, RFC 5545), a wall clock, a time zone and a length. Pure.

A rule is a plain one: each part fits its frequency, so none comes more often than hourly, and none is looked for in
vain. What a clock shows twice or never follows RFC 5545: the first of two hours counts, and a time that is skipped is
as long after the hour before as it would have been. Only what comes hourly comes in both of two equal hours.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from functools import cached_property, lru_cache
from itertools import islice
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from dateutil.rrule import rrule, rrulestr

from fleet import spans
from fleet.errors import BadInput
from fleet.spans import Span

LONGEST: Final = timedelta(days=31)
"""How long one occurrence may be."""

MOST: Final = 1000
"""How often a rule with COUNT may come."""

_NUMBER = r"[+-]?[0-9]{1,4}"
_DAY = r"(?:[+-]?[1-5])?(?:MO|TU|WE|TH|FR|SA|SU)"
_FORMS: Final[Mapping[str, str]] = {
    "INTERVAL": r"[0-9]{1,3}",
    "COUNT": r"[0-9]{1,4}",
    "UNTIL": r"[0-9]{8}(?:T[0-9]{6}Z?)?",
    "WKST": r"MO|TU|WE|TH|FR|SA|SU",
    "BYDAY": rf"{_DAY}(?:,{_DAY}){{0,34}}",
    **dict.fromkeys(("BYMONTH", "BYMONTHDAY", "BYHOUR", "BYSETPOS"), rf"{_NUMBER}(?:,{_NUMBER}){{0,61}}"),
}
_BOUNDS: Final = {"BYMONTH": (1, 12), "BYMONTHDAY": (-31, 31), "BYHOUR": (0, 23), "BYSETPOS": (-31, 31)}

_ALWAYS = frozenset({"FREQ", "INTERVAL", "COUNT", "UNTIL", "WKST"})
_FITTING: Final = {
    "HOURLY": frozenset({"BYDAY", "BYHOUR"}),
    "DAILY": frozenset({"BYDAY", "BYMONTH", "BYHOUR"}),
    "WEEKLY": frozenset({"BYDAY", "BYMONTH", "BYHOUR"}),
    "MONTHLY": frozenset({"BYDAY", "BYMONTHDAY", "BYSETPOS", "BYMONTH"}),
    "YEARLY": frozenset({"BYDAY", "BYMONTHDAY", "BYSETPOS", "BYMONTH"}),
}
"""Which parts may stand beside a frequency."""

_APART: Final = {"HOURLY": 12, "DAILY": 366, "WEEKLY": 52, "MONTHLY": 12, "YEARLY": 10}
"""How large INTERVAL may be."""

_STEP: Final = {"HOURLY": timedelta(hours=1), "DAILY": timedelta(days=1), "WEEKLY": timedelta(weeks=1)}
"""How long a period is, of the frequencies that are begun anew near to what is asked for."""

_YEARS: Final = timedelta(days=800)
"""How long at most lies between two times of what comes in short periods."""

_CENTURY: Final = 100
"""How many years are looked ahead; what counts further ends there."""

_YEARS_HELD: Final = (1970, 2200)
"""When something may begin; its end lies within a century of that."""

_AGES: Final = 7560
"""So many years later every period of a rule falls as it does now: the intervals of months and years divide them."""

NEXT_STEP: Final = (
    "Write it as FREQ=WEEKLY;BYDAY=SU, FREQ=DAILY or FREQ=MONTHLY;BYDAY=1SU; "
    "it may have INTERVAL, and COUNT or UNTIL."
)


@dataclass(frozen=True)
class Series:
    """A rule as it is kept: when it can come first, by the wall clock of its zone, and how long it lasts."""

    rule: str
    zone: str
    begin: datetime
    lasts: timedelta

    def spans(self, since: datetime, until: datetime) -> tuple[Span, ...]:
        """Tell the occurrences that overlap a range, merged where they overlap each other."""
        found = (at for at in self._starts(since - self.lasts) if at + self.lasts > since)
        return spans.merged((at, at + self.lasts) for at in _while(found, until))

    def coming(self, now: datetime, count: int) -> list[Span]:
        """Tell the next occurrences that are not over at ``now``, at most ``count``."""
        found = (at for at in self._starts(now - self.lasts) if at + self.lasts > now)
        return [(at, at + self.lasts) for at in islice(found, count)]

    @cached_property
    def first(self) -> datetime:
        """The beginning of the first occurrence; raises BadInput where there is none."""
        found = next(self._starts(None), None)
        if found is None:
            raise BadInput("The rule never comes.", "Let COUNT or UNTIL leave room for it, from its beginning on.")
        return found

    @cached_property
    def end(self) -> datetime | None:
        """The end of the last occurrence; None where it goes on for ever."""
        parts = _parts(self.rule)
        if "COUNT" in parts:
            last = max(self._starts(None), default=self.first)
        elif "UNTIL" in parts:
            until = _until(parts["UNTIL"], ZoneInfo(self.zone))
            short = parts["FREQ"] in _STEP
            last = max(self._starts(until - _YEARS if short else None), default=self.first)
        else:
            return None
        return last + self.lasts

    def _starts(self, since: datetime | None) -> Iterator[datetime]:
        """Yield beginnings by time, without those that lie well before an instant; each once."""
        zone = ZoneInfo(self.zone)
        hourly = self.rule.startswith("FREQ=HOURLY")
        near = None if since is None else since.astimezone(zone).replace(tzinfo=None) - timedelta(days=2)
        last: datetime | None = None
        for local in _walked(self.rule, self.zone, self.begin, near):
            for at in _instants(local, zone, hourly):
                if last is None or at > last:
                    last = at
                    yield at


def series(rule: str, at: time, zone: str, since: datetime, lasts: timedelta) -> Series:
    """Make what comes by a rule at a time of day of a zone, not before ``since``; raises BadInput."""
    place = _zone(zone)
    if not _YEARS_HELD[0] <= since.year < _YEARS_HELD[1]:
        raise BadInput("It begins in no year that is held.", f"Begin from {_YEARS_HELD[0]} to {_YEARS_HELD[1]}.")
    local = since.astimezone(place).replace(tzinfo=None)
    begin = datetime.combine(local.date(), at.replace(tzinfo=None, fold=0))
    if begin < local.replace(second=0, microsecond=0):
        begin += timedelta(days=1)
    if not timedelta(minutes=1) <= lasts <= LONGEST:
        raise BadInput("Each time lasts a minute to 31 days.", "Say how long: 30m, 2h, 1d.")
    text = checked(rule)
    until = _parts(text).get("UNTIL")
    if until is not None and int(until[:4]) >= begin.year + _CENTURY:
        raise BadInput("UNTIL lies more than a century ahead.", "Leave it out: it recurs for ever.")
    made = Series(text, zone, begin, lasts)
    if not _ever(text, begin):
        raise BadInput(f"{rule[:80]!r} never comes: no day is as it asks.", NEXT_STEP)
    _ = made.first
    return made


def checked(rule: str) -> str:
    """Return a rule in one spelling; raises BadInput where it is none that may be."""
    parts = _parts(rule)
    every = parts.get("FREQ", "")
    if every not in _FITTING:
        raise _odd(rule, f"FREQ is one of {', '.join(_FITTING)}")
    for name, value in parts.items():
        if name not in _ALWAYS | _FITTING[every]:
            raise _odd(rule, f"{name} does not stand beside FREQ={every}")
        if name != "FREQ" and not re.fullmatch(_FORMS[name], value):
            raise _odd(rule, f"{name}={value[:20]} cannot be read")
        low, high = _BOUNDS.get(name, (0, 0))
        if name in _BOUNDS and not all(
            low <= int(one) <= high and (low >= 0 or int(one)) for one in value.split(",")
        ):
            raise _odd(rule, f"{name} lies between {low} and {high}")
    if (wrong := _unfit(every, parts)) is not None:
        raise _odd(rule, wrong)
    return ";".join(f"{name}={value}" for name, value in parts.items())


def _unfit(every: str, parts: Mapping[str, str]) -> str | None:
    """Tell what does not go together in a rule of which every part can be read."""
    apart = int(parts.get("INTERVAL", "1"))
    if not 1 <= apart <= _APART[every] or (every == "HOURLY" and 24 % apart):
        return f"INTERVAL of {every} is at most {_APART[every]}" + (" and divides 24" if every == "HOURLY" else "")
    if apart > 1 and every != "YEARLY" and ("BYMONTH" in parts or (every == "DAILY" and "BYDAY" in parts)):
        return "with INTERVAL it is not kept to months, or a daily one to days of the week"
    if every in _STEP and re.search("[0-9]", parts.get("BYDAY", "")):
        return f"BYDAY of {every} has no numbers"
    numbered = [day[0] in "+-12345" for day in parts.get("BYDAY", "MO").split(",")]
    if any(numbered) and not all(numbered):
        return "BYDAY numbers all of its days, or none"
    if "BYSETPOS" in parts and not {"BYDAY", "BYMONTHDAY"} & parts.keys():
        return "BYSETPOS chooses among days of BYDAY or BYMONTHDAY"
    if "COUNT" in parts and ("UNTIL" in parts or not 1 <= int(parts["COUNT"]) <= MOST):
        return f"it has COUNT, from 1 to {MOST}, or UNTIL"
    if "UNTIL" in parts:
        try:
            known = _until(parts["UNTIL"], ZoneInfo("UTC")).year >= _YEARS_HELD[0]
        except (ValueError, OverflowError):
            known = False
        if not known:
            return f"there is no time {parts['UNTIL']}"
    return None


def _odd(rule: str, why: str) -> BadInput:
    return BadInput(f"{rule[:80]!r} is no rule that may be: {why}.", NEXT_STEP)


def _parts(rule: str) -> dict[str, str]:
    """Take a rule apart, FREQ first; raises BadInput where a part is there twice or has no value."""
    text = rule.strip().upper().removeprefix("RRULE:")
    found: dict[str, str] = {}
    for part in text.strip(";").split(";"):
        name, _, value = (word.strip() for word in part.partition("="))
        if not value or name in found:
            raise _odd(rule, f"{part[:20] or 'nothing'!r} is no NAME=VALUE, or is there twice")
        found[name] = value
    return {name: found[name] for name in sorted(found, key=lambda name: name != "FREQ")}


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise BadInput(f"There is no time zone {name[:60]!r}.", "Name one such as Europe/Oslo, or UTC.") from error


def _until(text: str, zone: ZoneInfo) -> datetime:
    """Read UNTIL: an instant, a time of the zone, or a day that is included."""
    if text.endswith("Z"):
        return datetime.strptime(text, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
    day = text if "T" in text else f"{text}T235959"
    return datetime.strptime(day, "%Y%m%dT%H%M%S").replace(tzinfo=zone).astimezone(UTC)


@lru_cache(maxsize=1024)
def _rule(rule: str, zone: str, begin: datetime) -> rrule:
    """Make a rule ready, in times of its zone without a zone."""
    parts = _parts(rule)
    if "UNTIL" in parts:
        local = _until(parts["UNTIL"], ZoneInfo(zone)).astimezone(ZoneInfo(zone))
        parts["UNTIL"] = f"{local:%Y%m%dT%H%M%S}"
    made = rrulestr(";".join(f"{name}={value}" for name, value in parts.items()), dtstart=begin)
    assert isinstance(made, rrule)
    return made


def _walked(rule: str, zone: str, begin: datetime, near: datetime | None) -> Iterator[datetime]:
    """Yield the times of a rule; those of short periods from a whole number of them before ``near`` on.

    Whoever counts begins at the first.
    """
    parts = _parts(rule)
    step, latest = _STEP.get(parts["FREQ"]), begin.year + _CENTURY
    if near is not None and step is not None and "COUNT" not in parts:
        apart = step * int(parts.get("INTERVAL", "1"))
        begin += max(0, (near - begin) // apart - 1) * apart
    for at in _rule(rule, zone, begin):
        if at.year > latest:
            return
        if near is None or at >= near:
            yield at


def _instants(local: datetime, zone: ZoneInfo, both: bool) -> list[datetime]:
    """Tell the instant at which a clock shows a time; both, where it shows it twice and both count."""
    first, second = (local.replace(tzinfo=zone, fold=fold) for fold in (0, 1))
    twice = both and first.utcoffset() != second.utcoffset() and first.astimezone(UTC) < second.astimezone(UTC)
    return [first.astimezone(UTC), *([second.astimezone(UTC)] if twice else [])]


def _ever(rule: str, begin: datetime) -> bool:
    """Tell whether a rule comes at all, by a look at the last centuries of all: no search takes long there."""
    kept = {name: value for name, value in _parts(rule).items() if name not in ("COUNT", "UNTIL")}
    leap = begin.month == 2 and begin.day == 29
    try:
        late = begin.replace(year=begin.year + _AGES, day=28 if leap else begin.day)
        made = rrulestr(";".join(f"{name}={value}" for name, value in kept.items()), dtstart=late)
    except ValueError:
        return False
    return next(iter(made), None) is not None


def _while(found: Iterator[datetime], until: datetime) -> Iterator[datetime]:
    for at in found:
        if at >= until:
            return
        yield at
