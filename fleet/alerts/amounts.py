"""A value of a rule as people read it: shares and ratios in per cent, others with the unit that the field names."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from fleet.alerts.rule import Condition, Test

_UNITS: Final[Mapping[str, str]] = {
    "ratio": " %",
    "celsius": " °C",
    "dbm": " dBm",
    "db": " dB",
    "volts": " V",
    "watts": " W",
    "amperes": " A",
    "seconds": " s",
    "bytes": " B",
}


def amount(condition: Condition, value: float) -> str:
    """Write a value of what a condition looks at."""
    if condition.test in (Test.CHANGES, Test.BASELINE):
        return f"{value:.6g}"
    word = "ratio" if condition.share_of else condition.field.rpartition("_")[2]
    unit = _UNITS.get(word, "")
    if condition.test is Test.RATE:
        unit = f"{unit or ' '}/s".replace("  ", " ")
    shown = value * 100 if word == "ratio" else value
    return f"{shown:.3g}{unit}" if word == "ratio" else f"{shown:.6g}{unit}"


def subject(condition: Condition) -> str:
    """Name what a condition looks at: a field, or the share that it has of another."""
    what = _plain(condition.field)
    if condition.share_of:
        what = f"{what} of {_plain(condition.share_of)}"
    if condition.test is Test.CHANGES:
        return f"the number of changes of {what} in {condition.over_seconds / 60:.6g} min"
    return f"the change of {what}" if condition.test is Test.RATE else what


def _plain(field: str) -> str:
    """Write a field without its unit, which stands behind the value."""
    name, _, word = field.rpartition("_")
    return (name if word in _UNITS else field).replace("_", " ")
