"""Numbers, spans and instants as people read them: the only formatter of the dashboard."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo

import numpy as np

NOTHING = "–"
"""What stands where nothing is known."""

DECIMAL = ("", "k", "M", "G", "T", "P", "E")
BINARY = ("", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei")


def digits(value: float) -> str:
    """Write a number with three significant digits, none lost before the point: 0.042, 7.25, 31.4, 1,204."""
    if value == 0 or not math.isfinite(value):
        return "0" if value == 0 else NOTHING
    places = max(0, min(3, 2 - math.floor(math.log10(abs(value)))))
    text = f"{value:,.{places}f}".replace("-", "−")
    return text.rstrip("0").rstrip(".") if "." in text else text


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit for people: its symbol, its prefixes, and the factor from the stored base unit."""

    symbol: str
    factor: float = 1.0
    prefixes: tuple[str, ...] = ("",)
    base: int = 1000
    least: float = 0.0
    """The smallest step between two marks of an axis: there is no half client."""

    def text(self, value: float | None) -> str:
        """Write a stored value with its unit, for example 12.4 Mbit/s."""
        number, unit = self.parts(value)
        return f"{number} {unit}".strip()

    def parts(self, value: float | None) -> tuple[str, str]:
        """Split what ``text`` writes into the number and its unit."""
        if value is None or not math.isfinite(value):
            return NOTHING, ""
        shown = value * self.factor
        power = self.power(shown)
        return digits(shown / self.base**power), f"{self.prefixes[power]}{self.symbol}"

    def texts(self, values: Sequence[float | None]) -> list[str | None]:
        """Write many values at once; None for those that are none. Digits after the point are not shortened."""
        known = np.array([math.nan if value is None else value for value in values]) * self.factor
        size = np.maximum(np.abs(np.nan_to_num(known)), 1e-12)
        powers = np.clip(np.floor(np.log(size * 1.0005) / math.log(self.base)), 0, len(self.prefixes) - 1).astype(int)
        scaled = known / float(self.base) ** powers
        places = np.clip(2 - np.floor(np.log10(size / float(self.base) ** powers)), 0, 2).astype(int)
        units = [f" {prefix}{self.symbol}".rstrip() for prefix in self.prefixes]
        forms = [[f"{{:,.{p}f}}{unit}".format for p in range(3)] for unit in units]
        told = zip(scaled.tolist(), places.tolist(), powers.tolist(), strict=True)
        texts = [None if v != v else forms[k][p](v) for v, p, k in told]
        return [text.replace("-", "−", 1) if text and text[0] == "-" else text for text in texts]

    def power(self, shown: float) -> int:
        """Tell which prefix suits a value that is already in this unit; 999.9 takes the next one, as it rounds up."""
        if len(self.prefixes) == 1 or shown == 0:
            return 0
        fitting = math.floor(math.log(abs(shown) * 1.0005, self.base))
        return min(max(fitting, 0), len(self.prefixes) - 1)


PERCENT = Unit("%", 100.0)
BITS = Unit("bit/s", 8.0, DECIMAL, least=1.0)
LINK = Unit("bit/s", 1.0, DECIMAL, least=1.0)
BYTES = Unit("B", 1.0, BINARY, 1024, least=1.0)
CELSIUS = Unit("°C")
DBM = Unit("dBm")
COUNT = Unit("", least=1.0)

CHANNEL = Unit("MHz", 1e-6)

BY_UNIT = {"ratio": PERCENT, "bytes": BYTES, "bytes/s": BITS, "bits/s": LINK, "Hz": CHANNEL}


def of(unit: str) -> Unit:
    """Find how a unit of a metric family is shown; one that needs no scaling is shown as it is."""
    return BY_UNIT.get(unit) or Unit(unit)


def ticks(top: float, unit: Unit, most: int = 5) -> tuple[list[float], list[str]]:
    """Choose round marks from 0 to at least ``top`` (in the stored unit), with their texts."""
    shown = max(top * unit.factor, 1e-9)
    scale = float(unit.base ** unit.power(shown))
    step = max(_round_up(shown / scale / (most - 1), unit) * scale, unit.least)
    count = max(1, math.ceil(shown / step - 1e-9))
    values = [place * step / unit.factor for place in range(count + 1)]
    return values, [unit.text(value) if value else "0" for value in values]


def _round_up(step: float, unit: Unit) -> float:
    """Round a step up to 1, 2, 2.5 or 5 times a power of ten; in binary units, from one on, to a power of two."""
    if unit.base == 1024 and step > 1:
        return float(2 ** math.ceil(math.log2(step) - 1e-9))
    power = float(10 ** math.floor(math.log10(step)))
    return next(n * power for n in (1.0, 2.0, 2.5, 5.0, 10.0) if n * power >= step * 0.9999)


def span(length: timedelta | float | None) -> str:
    """Write a span with its two largest units: 45 s, 12 min, 3 h 20 min, 41 d 6 h."""
    if length is None:
        return NOTHING
    seconds = max(0, round(length.total_seconds() if isinstance(length, timedelta) else length))
    if seconds < 60:
        return f"{seconds} s"
    if seconds < 3600:
        return f"{seconds // 60} min"
    if seconds < 86400:
        return _two(seconds // 3600, "h", seconds % 3600 // 60, "min")
    return _two(seconds // 86400, "d", seconds % 86400 // 3600, "h")


def _two(large: int, unit: str, small: int, minor: str) -> str:
    return f"{large:,} {unit}" + (f" {small} {minor}" if small and large < 100 else "")


def milliseconds(seconds: float | None) -> str:
    """Write a short duration: 85 ms, 1.2 s."""
    if seconds is None:
        return NOTHING
    return f"{seconds * 1000:.0f} ms" if seconds < 1 else f"{seconds:.1f} s"


def ago(at: datetime | None, now: datetime) -> str:
    """Write how long something is past."""
    return "never" if at is None else f"{span(now - at)} ago"


def until(at: datetime | None, now: datetime) -> str:
    """Write how long something is ahead."""
    if at is None:
        return NOTHING
    return f"in {span(at - now)}" if at > now else "now"


def clock_time(at: datetime | None, zone: tzinfo, now: datetime) -> str:
    """Write an instant as the person's clock shows it; the day where it is not today."""
    if at is None:
        return NOTHING
    local, today = at.astimezone(zone), now.astimezone(zone).date()
    if local.date() == today:
        return local.strftime("%H:%M:%S")
    year = "" if local.year == today.year else f" {local.year}"
    return f"{local.day} {local.strftime('%b')}{year} {local.strftime('%H:%M')}"


def plural(count: int, noun: str, many: str = "") -> str:
    """Write a count with its noun: 1 device, 2,140 devices."""
    return f"{count:,} {noun if count == 1 else many or noun + 's'}"


Text = Callable[[float | None], str]
"""What writes a stored value for people."""
