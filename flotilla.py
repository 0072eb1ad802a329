"""Flotilla's client for programs and notebooks: devices and metrics as DataFrames.

>>> import flotilla
>>> fleet = flotilla.Client("https://flotilla.example.org", "flt_…")
>>> fleet.metrics("edge-1", "resource", "cpu_load_ratio", last="6h").avg.plot()
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Self
from uuid import UUID

import httpx
import pandas as pd

__all__ = ["Client", "FlotillaError"]

PAGE = 500
VALUES = ("min", "avg", "max", "count")
DEVICE = (
    *("id", "name", "address", "port", "tls", "fingerprint", "streams", "vantage", "interval_seconds", "created_at"),
    *("state", "since", "heard_at", "identity", "version", "model", "serial", "uptime_seconds"),
    *("error_code", "error", "breaker", "next_attempt", "duration_seconds"),
)
INSTANTS = ("created_at", "since", "heard_at", "next_attempt")


class FlotillaError(Exception):
    """What the server refused and what to do about it; ``code`` and ``request_id`` are for programs and support."""

    def __init__(self, detail: str, next_step: str = "", *, code: str = "", request_id: str = "") -> None:
        super().__init__(f"{detail} {next_step}".strip())
        self.detail = detail
        self.next_step = next_step
        self.code = code
        self.request_id = request_id


class Client:
    """One tenant's fleet, as an API key sees it. Use it with ``with``, or let it live as long as the program."""

    def __init__(
        self, url: str, key: str, *, timeout: float = 30, transport: httpx.BaseTransport | None = None
    ) -> None:
        self._http = httpx.Client(
            base_url=url, headers={"Authorization": f"Bearer {key}"}, timeout=timeout, transport=transport
        )
        self._tenant = ""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"flotilla.Client({str(self._http.base_url)!r})"

    def close(self) -> None:
        """Close the connections to the server."""
        self._http.close()

    def tenants(self) -> pd.DataFrame:
        """List the tenants that the key may enter: id, slug, name."""
        return pd.DataFrame(self._get("/api/tenants")["items"], columns=["id", "slug", "name"])

    def devices(self, *, state: str | None = None, q: str | None = None) -> pd.DataFrame:
        """List the devices, indexed by id; ``state`` and ``q`` (part of a name, address, …) narrow the list."""
        frame = pd.DataFrame(self._devices(state=state, q=q), columns=DEVICE)
        for name in INSTANTS:
            frame[name] = pd.to_datetime(frame[name], utc=True, format="ISO8601")
        return frame.astype({"state": "category"}).set_index("id")

    def families(self) -> pd.DataFrame:
        """List every field that can be asked for: family, field, kind, unit, labels."""
        rows = [
            {"family": family["name"], "field": f["name"], "kind": f["kind"], "unit": f["unit"],
             "labels": tuple(family["labels"])}
            for family in self._get(f"{self._home()}/metrics/families")["items"]
            for f in family["fields"]
        ]  # fmt: skip
        return pd.DataFrame(rows, columns=["family", "field", "kind", "unit", "labels"])

    def metrics(
        self, device: str | UUID, family: str, field: str, last: str = "6h", *, points: int = 300
    ) -> pd.DataFrame:
        """Read one field of one device (its id or name) over the ``last`` 30m, 6h, 7d, …

        The index is the time in UTC; the columns are the labels (categories), then min, avg, max and count of each
        step. Where nothing was measured there is no row.
        """
        query = {"family": family, "field": field, "from": f"now-{last}", "points": points}
        answer = self._get(f"{self._home()}/devices/{self._id(device)}/metrics", query)
        return _frame(answer["labels"], answer["lines"])

    def _devices(self, **narrow: str | None) -> Iterator[dict[str, Any]]:
        query: dict[str, Any] = {"limit": PAGE, **{k: v for k, v in narrow.items() if v is not None}}
        while True:
            page = self._get(f"{self._home()}/devices", query)
            yield from page["items"]
            if page["next"] is None:
                return
            query["after"] = page["next"]

    def _home(self) -> str:
        """Tell the path of the key's tenant, asked for once."""
        if not self._tenant:
            self._tenant = str(self._get("/api/tenants")["items"][0]["id"])
        return f"/api/tenants/{self._tenant}"

    def _id(self, device: str | UUID) -> str:
        """Tell a device's id, looked up where a name is given."""
        try:
            return str(UUID(str(device)))
        except ValueError:
            found = [d["id"] for d in self._devices(q=str(device)) if d["name"] == device]
        if len(found) != 1:
            raise FlotillaError(f"There is no device named {device!r}.", "Look it up in devices().", code="not_found")
        return str(found[0])

    def _get(self, path: str, query: Mapping[str, Any] | None = None) -> Any:
        try:
            response = self._http.get(path, params=query)
        except httpx.TransportError as error:
            raise FlotillaError(
                f"{self._http.base_url} does not answer: {error}.", "Check the address.", code="unreachable"
            ) from error
        if response.is_error:
            raise _refusal(response)
        return response.json()


def _refusal(response: httpx.Response) -> FlotillaError:
    try:
        problem = response.json()
        return FlotillaError(
            problem["detail"], problem["next_step"], code=problem["code"], request_id=problem["request_id"]
        )
    except (ValueError, KeyError, TypeError):
        return FlotillaError(f"The server answered {response.status_code}.", "Is this Flotilla's address?")


def _frame(labels: list[str], lines: list[dict[str, Any]]) -> pd.DataFrame:
    nothing = pd.DataFrame(columns=[*labels, "time", *VALUES])
    parts = [pd.DataFrame(line["points"], columns=["time", *VALUES]).assign(**line["labels"]) for line in lines]
    whole = pd.concat(parts) if parts else nothing
    whole["time"] = pd.to_datetime(whole["time"], utc=True, format="ISO8601")
    numbers = {"min": "float64", "avg": "float64", "max": "float64", "count": "int64"}
    return whole.astype({**numbers, **dict.fromkeys(labels, "category")}).set_index("time")[[*labels, *VALUES]]
