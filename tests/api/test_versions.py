"""ETags: a read is spared what it has, and of two writers who know the same version one is refused."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from uuid import uuid4

import pytest
from flask.testing import FlaskClient
from sqlalchemy import update

from db.access import INGEST
from db.tables import device_state
from fleet.identity import Role
from tests.fixtures.web import Web, guard, home


@pytest.fixture
def client(shared_web: Web) -> FlaskClient:
    return shared_web.client(shared_web.key(shared_web.north))


def site(client: FlaskClient, web: Web) -> str:
    """Make a site; tells its path."""
    made = client.post(f"{home(web.north)}/sites", json={"name": f"site {uuid4()}"})
    return str(made.headers["Location"])


def name() -> dict[str, str]:
    return {"name": f"site {uuid4()}"}


def test_what_is_the_same_still_is_not_sent_again(shared_web: Web, client: FlaskClient) -> None:
    path = site(client, shared_web)
    tag = client.get(path).headers["ETag"]
    again = client.get(path, headers={"If-None-Match": f'"other", {tag}'})
    assert (again.status_code, again.data, again.headers["ETag"]) == (304, b"", tag)
    assert "Content-Type" not in again.headers
    client.patch(path, json=name())
    assert client.get(path, headers={"If-None-Match": tag}).status_code == 200


def test_what_is_made_and_changed_is_answered_with_its_version(shared_web: Web, client: FlaskClient) -> None:
    made = client.post(f"{home(shared_web.north)}/sites", json=name())
    path = made.headers["Location"]
    assert made.headers["ETag"] == client.get(path).headers["ETag"]
    changed = client.patch(path, json=name(), headers={"If-Match": made.headers["ETag"]})
    assert changed.status_code == 200
    assert changed.headers["ETag"] == client.get(path).headers["ETag"] != made.headers["ETag"]


@pytest.mark.parametrize("method", ["PATCH", "DELETE"])
def test_who_knows_another_version_changes_nothing(shared_web: Web, client: FlaskClient, method: str) -> None:
    path = site(client, shared_web)
    old = client.get(path).headers["ETag"]
    now = client.patch(path, json=name()).get_json()
    for wrong in (old, '"x"', "x", f"W/{client.get(path).headers['ETag']}", "", '"'):
        refused = client.open(path, method=method, json=name(), headers={"If-Match": wrong})
        assert (refused.status_code, refused.get_json()["code"]) == (412, "precondition_failed"), wrong
    assert client.get(path).get_json() == now
    right = client.get(path).headers["ETag"]
    assert client.open(path, method=method, json=name(), headers={"If-Match": f'"x", {right}'}).status_code < 300


def test_a_star_means_whatever_is_there(shared_web: Web, client: FlaskClient) -> None:
    path = site(client, shared_web)
    assert client.patch(path, json=name(), headers={"If-Match": "*"}).status_code == 200
    assert client.delete(path, headers={"If-Match": "*"}).status_code == 204
    assert client.delete(path, headers={"If-Match": "*"}).status_code == 404


def test_of_two_who_know_the_same_version_one_wins(shared_web: Web, client: FlaskClient) -> None:
    path, key = site(client, shared_web), shared_web.key(shared_web.north)
    headers = {"If-Match": client.get(path).headers["ETag"]}

    def change(_: int) -> int:
        return shared_web.client(key).patch(path, json=name(), headers=headers).status_code

    with ThreadPoolExecutor(6) as pool:
        assert sorted(pool.map(change, range(6))) == [200] + [412] * 5


def test_a_poll_changes_what_is_read_and_not_what_a_write_is_for(shared_web: Web) -> None:
    client = shared_web.browser(shared_web.south, Role.OPERATOR)
    device = shared_web.south.devices[1]
    path = f"{home(shared_web.south)}/devices/{device.id}"
    before = client.get(path).headers["ETag"]
    polled = update(device_state).where(device_state.c.device_id == device.id).values(uptime_seconds=77.0)
    with shared_web.context.stores.engine(INGEST).begin() as connection:
        connection.execute(polled)
    after = client.get(path, headers={"If-None-Match": before})
    assert (after.status_code, after.headers["ETag"] == before) == (200, False)
    headers = {"If-Match": before, **guard(client)}
    assert client.patch(path, json={"streams": 3}, headers=headers).status_code == 200
    assert client.patch(path, json={"streams": 4}, headers=headers).status_code == 412
