"""The plan of a rollout as REST asks for it: the devices that are meant, looked up, and their waves."""

from __future__ import annotations

from collections.abc import Iterator

from api import meant
from api.context import current
from api.meant import MeantQuery
from api.resource import Asked
from api.rolling import NewRollout
from db import campaignmuster, rolloutplans, selection
from db.filters import Filter
from db.rolloutplans import Word
from fleet.errors import BadInput
from fleet.identity import DeviceId
from fleet.rollouts import Plan
from routeros.depot.mirror import Mirror


def drawn(asked: Asked[NewRollout]) -> Plan:
    """Draw up the plan; raises BadInput where it cannot be, NotFound for an unknown group."""
    given = asked.given
    word = Word(given.sure, Mirror.of(current().settings).holds)
    return rolloutplans.draft(asked.session, chosen(asked), given.terms(asked.now), asked.now, word)


def chosen(asked: Asked[NewRollout]) -> set[DeviceId]:
    """Look up the devices that are meant, among those of the tenant; raises BadInput for one that is not there."""
    named = asked.given.devices
    found = set.intersection(*(set(selection.matching(asked.session, one)) for one in _filters(asked)))
    if named is None:
        return found
    there = campaignmuster.there(asked.session, named)
    if missing := [one for one in named if one not in there]:
        raise BadInput(f"There is no device {missing[0]}.", "List the tenant's devices for their ids.")
    return found & there


def _filters(asked: Asked[NewRollout]) -> Iterator[Filter]:
    """Tell what lets a device in; every one of them must."""
    given = asked.given
    yield given.filter.filter(asked.now, meant.places(asked.session, given.filter.site))
    if given.group is not None:
        yield from meant.filters(asked.session, MeantQuery(group=given.group), asked.now)
