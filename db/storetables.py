"""The plain tables of the store's upkeep: which roll-ups are out of date, and how long rows are kept."""

from __future__ import annotations

from sqlalchemy import Column, Interval, Table, Text

from db.columns import check, instant, metadata, one_of
from fleet.resolutions import Resolution

dirty = Table(
    "dirty",
    metadata,
    Column("family", Text, nullable=False),
    Column("resolution", Text, nullable=False),
    instant("bucket"),
    instant("until"),
    one_of("resolution", (Resolution.FIVE_MINUTES, Resolution.HOUR)),
    check("until", "until > bucket"),
)
"""The buckets of roll-ups from ``bucket`` to ``until`` that must be computed anew, because rows came into them.

It has no key on purpose: whoever marks only adds a row, so that writers never wait for each other.
"""

retention = Table(
    "retention",
    metadata,
    Column("resolution", Text, primary_key=True),
    Column("keep", Interval),
    instant("floor", nullable=True),
    one_of("resolution", Resolution),
    check("keep", "keep > interval '0'"),
)
"""How long rows are kept where somebody set it, and before which instant none are taken in any more."""
