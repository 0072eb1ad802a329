"""When devices were in maintenance, or will be: windows with what recurs laid out in time."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cache

from sqlalchemy import false, select
from sqlalchemy.orm import Session

from db import maintenance
from db.maintenance import SCOPE, SERIES, SPAN, Key, Narrow, Scope, Window
from db.ranges import Range
from db.tables import device_tags
from fleet import spans
from fleet.identity import DeviceId, SiteId
from fleet.spans import Span


def times(
    session: Session, spanned: Range, places: Mapping[DeviceId, SiteId | None]
) -> dict[DeviceId, tuple[Span, ...]]:
    """Tell when each of some devices, given with their sites, was in maintenance within a range.

    Windows that overlap count once; devices without any are left out. A window is for the devices that are at its
    site, or have its tag, now.
    """
    sources = defaultdict[Key, list[Span]](list)
    overlapping = Narrow(spanned.start, spanned.end).conditions()
    for row in session.execute(select(*SCOPE, *SPAN, *SERIES).where(*overlapping)):
        scope, (start, end), kept = row[:3], row[3:5], row[5:]
        series = maintenance.recurring(kept)
        laid = [(start, end)] if series is None else series.spans(spanned.start, spanned.end)
        if laid:
            sources[Scope(*scope).key] += laid
    tags = _tagged(session, [str(value) for kind, value in sources if kind == "tag"])

    @cache
    def together(keys: tuple[Key, ...]) -> tuple[Span, ...]:
        found = [span for key in keys for span in sources[key]]
        return spans.merged(spans.within(found, spanned.start, spanned.end))

    def keys(device: DeviceId, site: SiteId | None) -> tuple[Key, ...]:
        its = (("all", None), ("site", site), *tags.get(device, ()), ("device", device))
        return tuple(key for key in its if key in sources)

    found = {device: keys(device, site) for device, site in places.items()} if sources else {}
    return {device: together(its) for device, its in found.items() if its}


def windows(session: Session, device_id: DeviceId, spanned: Range, most: int) -> list[Window]:
    """Tell the windows that a device is in within a range, each time of what recurs as one; the newest ``most``."""
    found: list[Window] = []
    for one in maintenance.page(session, None, most, Narrow(spanned.start, spanned.end, device_id)):
        if one.series is None:
            found.append(one)
        else:
            times = one.series.spans(spanned.start, spanned.end)[-most:]
            found += [replace(one, start=start, end=end) for start, end in times]
    return sorted(found, key=lambda one: one.start)[-most:]


def _tagged(session: Session, wanted: Sequence[str]) -> Mapping[DeviceId, Sequence[Key]]:
    """Tell of each device which of some tags it has."""
    found = defaultdict[DeviceId, list[Key]](list)
    condition = device_tags.c.tag.in_(wanted) if wanted else false()
    for device, tag in session.execute(select(device_tags.c.device_id, device_tags.c.tag).where(condition)):
        found[DeviceId(device)].append(("tag", tag))
    return found
