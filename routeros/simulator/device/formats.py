"""Values as RouterOS writes them over the API, by version."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from fleet.versions import Version
from routeros.values import format_duration

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_ISO_FROM = Version(7, 10)

_BUILDS = {
    "6.42.12": datetime(2019, 2, 13, 7, 43, 12),  # noqa: DTZ001 - a device tells no zone
    "6.49.10": datetime(2023, 8, 31, 10, 27, 5),  # noqa: DTZ001
    "6.49.17": datetime(2024, 8, 7, 11, 14, 30),  # noqa: DTZ001
    "6.49.18": datetime(2025, 2, 27, 13, 8, 52),  # noqa: DTZ001
    "7.12.1": datetime(2023, 11, 17, 11, 38, 45),  # noqa: DTZ001
    "7.16.2": datetime(2024, 11, 26, 12, 9, 40),  # noqa: DTZ001
    "7.18.2": datetime(2025, 3, 11, 11, 59, 4),  # noqa: DTZ001
    "7.20.6": datetime(2025, 12, 4, 12, 0, 59),  # noqa: DTZ001
    "7.21.4": datetime(2026, 4, 2, 9, 31, 17),  # noqa: DTZ001
    "7.24.4": datetime(2026, 9, 21, 8, 47, 33),  # noqa: DTZ001
}


def moment(version: Version, at: datetime) -> str:
    """Write a date with time: ``jul/21/2023 09:38:39`` before 7.10, ISO from then on."""
    return f"{date(version, at)} {at:%H:%M:%S}"


def date(version: Version, at: datetime) -> str:
    return f"{at:%Y-%m-%d}" if version >= _ISO_FROM else f"{_MONTHS[at.month - 1]}/{at:%d/%Y}"


def read_moment(written: str) -> datetime:
    """Read a date with time in either form; raises ValueError."""
    day, _, clock = written.partition(" ")
    if "/" in day:
        month, number, year = day.split("/")
        if month.lower() not in _MONTHS:
            raise ValueError(f"{month!r} is no month")
        day = f"{int(year):04}-{_MONTHS.index(month.lower()) + 1:02}-{int(number):02}"
    return datetime.strptime(f"{day} {clock}", "%Y-%m-%d %H:%M:%S").replace(tzinfo=UTC)


def build_time(version: Version) -> str:
    """Write when a version was built; this date turned to ISO later than all others."""
    at = _BUILDS.get(str(version), datetime(2026, 1, 1))  # noqa: DTZ001
    return f"{at:%Y-%m-%d %H:%M:%S}" if version >= Version(7, 15) else f"{at:%b/%d/%Y %H:%M:%S}"


def span(seconds: float) -> str:
    """Write a duration in whole seconds: ``1w4d23h26m9s``."""
    return format_duration(timedelta(seconds=int(seconds)))


def short_span(milliseconds: float) -> str:
    """Write a duration to the tenth of a second: ``4s750ms``, ``170ms``."""
    return format_duration(timedelta(milliseconds=10 * int(milliseconds / 10)))


def number(value: float, places: int = 0) -> str:
    """Write a number with so many places."""
    return f"{value:.{places}f}" if places else str(int(value))


def flag(value: bool) -> str:
    return "true" if value else "false"
