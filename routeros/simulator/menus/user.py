"""Who may enter, ``/user``, and who is in, ``/user/active``."""

from __future__ import annotations

from collections.abc import Container, Sequence

from routeros.simulator import formats
from routeros.simulator.menu import Menu
from routeros.simulator.outcome import Row
from routeros.simulator.router import Router


def _users(router: Router, _: Sequence[Row], __: Container[str]) -> Sequence[Row]:
    return [
        {".id": f"*{place:X}", "name": name, "group": "full", "address": "", "disabled": formats.flag(False)}
        for place, name in enumerate(router.users, start=1)
    ]


def _active(router: Router, _: Sequence[Row], __: Container[str]) -> Sequence[Row]:
    version = router.model.version
    return [
        {
            ".id": active.id,
            "when": formats.moment(version, router.local(active.since)),
            "name": active.name,
            "address": active.address.rpartition(":")[0],
            "via": "api",
            "group": active.group,
            "radius": formats.flag(False),
        }
        for active in router.active.values()
    ]


USERS = Menu("/user", show=_users)
ACTIVE = Menu("/user/active", show=_active)
