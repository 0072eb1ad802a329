"""The plan of a rollout as REST and pages ask for it: the devices that are meant, looked up, and their waves."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from sqlalchemy.orm import Session

from api import meant
from api.context import current
from api.meant import MeantQuery
from api.rolling import NewRollout
from db import campaignmuster, rolloutplans, selection
from db.filters import Filter
from db.rolloutplans import Word
from fleet.errors import BadInput
from fleet.identity import DeviceId
from fleet.rollouts import Plan
from routeros.depot.mirror import Mirror


def drawn(session: Session, given: NewRollout, now: datetime) -> Plan:
    """Draw up the plan; raises BadInput where it cannot be, NotFound for an unknown group."""
    word = Word(given.sure, Mirror.of(current().settings).holds)
    return rolloutplans.draft(session, chosen(session, given, now), given.terms(now), now, word)


def chosen(session: Session, given: NewRollout, now: datetime) -> set[DeviceId]:
    """Look up the devices that are meant, among those of the tenant; raises BadInput for one that is not there."""
    found = set.intersection(*(set(selection.matching(session, one)) for one in _filters(session, given, now)))
    if given.devices is None:
        return found
    there = campaignmuster.there(session, given.devices)
    if missing := [one for one in given.devices if one not in there]:
        raise BadInput(f"There is no device {missing[0]}.", "List the tenant's devices for their ids.")
    return found & there


def _filters(session: Session, given: NewRollout, now: datetime) -> Iterator[Filter]:
    """Tell what lets a device in; every one of them must."""
    yield given.filter.filter(now, meant.places(session, given.filter.site))
    if given.group is not None:
        yield from meant.filters(session, MeantQuery(group=given.group), now)
