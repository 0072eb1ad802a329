"""Who runs the platform sees how the partitions are shared out; nobody else does."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import uuid4

from db import assignment
from db.platform import platform_session
from fleet.identity import Role
from fleet.ownership import Lease
from fleet.partition import PARTITIONS
from tests.fixtures.web import Web

AT = datetime(2026, 1, 5, 12, tzinfo=UTC)
PATH = "/api/assignment"


def test_a_super_admin_sees_who_owns_what(web: Web) -> None:
    lease = Lease("poller-0", uuid4())
    with platform_session(web.context.stores, "a test") as session:
        first = assignment.take(session, lease, dict.fromkeys(range(100), 0), None, AT)
        second = assignment.take(session, lease, dict.fromkeys(range(100, PARTITIONS - 1), 0), None, AT)
        assignment.want(session, [5, 6], "poller-1")
    told = web.browser(web.north, Role.SUPER_ADMIN).get(PATH).get_json()
    [share] = told["pollers"]
    assert share["epochs"] == {"least": first, "greatest": second}
    assert (share["name"], share["partitions"], share["wanted_away"]) == ("poller-0", PARTITIONS - 1, 2)
    assert share["devices"] + told["unowned"]["devices"] == 5
    assert told["unowned"]["partitions"] == 1
    assert (told["version"], told["partitions"]) == (second + 1, PARTITIONS)


def test_nobody_else_does(web: Web) -> None:
    for role in Role:
        answer = web.browser(web.north, role).get(PATH)
        assert answer.status_code == (200 if role is Role.SUPER_ADMIN else 403)
    assert web.client(web.key(web.north)).get(PATH).status_code == 403
    assert web.client().get(PATH).status_code == 401
