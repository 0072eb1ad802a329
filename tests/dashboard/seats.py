"""A person's seat at the dashboard: callbacks called as a browser calls them, and devices told what they are."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import numpy as np
import psycopg
from flask.testing import FlaskClient
from psycopg.types.json import Jsonb
from werkzeug.test import TestResponse

from api import csrf
from db.inventory import DeviceRow
from db.series import Loader, Past
from fleet.device import Device
from routeros import collectors
from tests.fixtures.database import Database, Tenant
from tests.fixtures.web import NOW, Measured, Web

UPDATE = "/t/_dash-update-component"
STATE = """
    INSERT INTO device_states (device_id, at, tenant_id, state, error_code, error)
    SELECT device_id, %(since)s, tenant_id, %(state)s, %(error_code)s, %(error)s FROM device_state
    WHERE device_id = %(device)s AND %(since)s::timestamptz IS NOT NULL
    ON CONFLICT (device_id, at) DO UPDATE SET state = excluded.state, error = excluded.error
"""


@dataclass(frozen=True, slots=True)
class Screen:
    """The dashboard, mounted on ``web``."""

    web: Web
    database: Database

    def tell(self, device: Device | DeviceRow, **facts: Any) -> None:
        """Write what is known of a device, as its last poll would have."""
        names = ", ".join(f"{name} = %({name})s" for name in facts)
        statement = f"UPDATE device_state SET {names} WHERE device_id = %(device)s"
        told = {"state": None, "since": None, "error": None, "error_code": None, **facts, "device": device.id}
        with psycopg.connect(self.database.admin_url) as connection:
            connection.execute(statement.encode(), told)
            connection.execute(STATE, told)

    def have(self, device: Device, kind: str, **items: dict[str, str]) -> None:
        """Write what a device has of a kind, by key."""
        statement = """
            INSERT INTO inventory (device_id, kind, key, tenant_id, facts, first_seen) VALUES (%s, %s, %s, %s, %s, %s)
            ON CONFLICT (device_id, kind, key) DO UPDATE SET facts = excluded.facts
        """
        with psycopg.connect(self.database.admin_url) as connection:
            for key, facts in items.items():
                told = (device.id, kind, key, device.tenant_id, Jsonb({"name": key, **facts}), ago(hours=1))
                connection.execute(statement, told)

    def measure(self, device: Device, family: str, times: list[datetime], **values: Any) -> None:
        """Store a series without labels, or of the instance that ``label`` names."""
        label = values.pop("label", None)
        series = Measured((label,) if label is not None else (), {n: np.array(v) for n, v in values.items()})
        past = Past(device.tenant_id, device.id, np.array([at.timestamp() for at in times]))
        with Loader(self.database.url("flotilla_ingest"), collectors.families()) as loader:
            loader.copy(family, past, [series])


@dataclass(frozen=True, slots=True)
class Seat:
    """A person's browser, without the browser."""

    client: FlaskClient
    tenant: Tenant

    def call(self, output: str, path: str = "", token: bool = True, **values: Any) -> TestResponse:
        """Call the callback that fills ``output`` from the page at ``path``; ``id__property`` gives an input."""
        slug, _, query = path.partition("?")
        given = {"url.pathname": f"/t/{self.tenant.slug}/{slug}", "url.search": f"?{query}" if query else ""}
        given |= {_input(name): value for name, value in values.items()}
        declared = next(c for c in self.get("/t/_dash-dependencies").json or [] if output in c["output"])
        inputs, states = ([_with(i, given) for i in declared[kind]] for kind in ("inputs", "state"))
        body = {
            "output": declared["output"],
            "outputs": _outputs(declared["output"]),
            "inputs": inputs,
            "state": states,
            "changedPropIds": [f"{i['id']}.{i['property']}" for i in inputs],
        }
        return self.post(body, token)

    def post(self, body: dict[str, Any], token: bool = True) -> TestResponse:
        """Send a callback's body."""
        cookie = self.client.get_cookie(csrf.COOKIE)
        headers = {csrf.HEADER: cookie.value} if cookie and token else {}
        return self.client.post(UPDATE, json=body, headers=headers)

    def get(self, path: str, **headers: str) -> TestResponse:
        return self.client.get(path, headers={name.replace("_", "-"): value for name, value in headers.items()})


def text(answer: TestResponse) -> str:
    """Give all of an answer as text, to look for what it must and must not say."""
    assert answer.status_code == 200, answer.text
    return json.dumps(answer.json, ensure_ascii=False)


def ago(**span: float) -> datetime:
    """Tell an instant before the tests' noon."""
    return NOW - timedelta(**span)


def _with(declared: dict[str, str], given: dict[str, Any]) -> dict[str, Any]:
    return {**declared, "value": given.get(f"{declared['id']}.{declared['property']}")}


def _input(name: str) -> str:
    part, _, prop = name.partition("__")
    return f"{part.replace('_', '-')}.{prop}"


def _outputs(output: str) -> Any:
    if not output.startswith(".."):
        name, _, prop = output.partition(".")
        return {"id": name, "property": prop.split("@")[0]}
    return [_outputs(part) for part in output.strip(".").split("...")]
