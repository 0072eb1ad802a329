"""Which poller owns which share of all devices; for those who run the platform."""

from __future__ import annotations

from pydantic import Field

from api.resource import Answer, Asked, Nothing, Resource, Route
from db import shares
from fleet.identity import Right
from fleet.partition import PARTITIONS


class Epochs(Answer):
    """The fencing numbers of a poller's partitions: each grows with every new owner."""

    least: int
    greatest: int


class PollerShare(Answer):
    """What one poller owns, whether it lives or not."""

    name: str
    partitions: int
    wanted_away: int = Field(description="How many of them it is to give to another poller.")
    devices: int
    epochs: Epochs


class Unowned(Answer):
    """What nobody polls just now."""

    partitions: int
    devices: int


class Assignment(Answer):
    """All partitions by their owners."""

    version: int = Field(description="It grows with every change; while it stays, nothing has changed.")
    partitions: int = Field(description="How many there are.")
    pollers: list[PollerShare] = Field(description="By name.")
    unowned: Unowned


def assignment(asked: Asked[Nothing]) -> Assignment:
    found = shares.read(asked.session)
    return Assignment(
        version=found.version,
        partitions=PARTITIONS,
        pollers=[_share(share) for share in found.shares],
        unowned=Unowned(partitions=found.unowned, devices=found.unowned_devices),
    )


def _share(share: shares.Share) -> PollerShare:
    return PollerShare(
        name=share.poller,
        partitions=share.partitions,
        wanted_away=share.wanted,
        devices=share.devices,
        epochs=Epochs(least=share.oldest, greatest=share.newest),
    )


resource = Resource(
    name="assignment",
    about="How the work of polling is shared out.",
    routes=(
        Route(
            path="/api/assignment",
            summary="Which poller owns how many partitions and devices",
            takes=Nothing,
            answer=Assignment,
            scope=Right.PLATFORM,
            across="who owns which partitions, for a super_admin",
            handler=assignment,
        ),
    ),
)
