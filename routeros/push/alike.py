"""Whether two texts of a property mean the same: people and exports write some values in another way than the API."""

from __future__ import annotations

from routeros import values

_BOOLEANS = {"yes": "true", "true": "true", "no": "false", "false": "false"}


def alike(one: str, other: str) -> bool:
    """Tell whether two values of a property are the same, however they are written."""
    return one == other or plain(one) == plain(other)


def plain(value: str) -> str:
    """Write a value in one of the ways that mean the same."""
    if value in _BOOLEANS:
        return _BOOLEANS[value]
    if "," in value:
        return ",".join(sorted(map(plain, value.split(","))))
    for written in (_span, _rate):
        if (found := written(value)) is not None:
            return found
    return value.removesuffix("/32").removesuffix("/128")


def _span(value: str) -> str | None:
    """A span of time, in seconds; a whole number is none."""
    if value.isdigit() or not value[:1].isdigit():
        return None
    try:
        return f"{values.duration(value).total_seconds():g}s"
    except ValueError:
        return None


def _rate(value: str) -> str | None:
    """A number with a letter behind it: ``10M`` is 10000000."""
    if not value[:1].isdigit() or value[-1:] not in "kKMG" or not value[:-1].replace(".", "", 1).isdigit():
        return None
    return str(values.rate(value))
