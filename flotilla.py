"""Flotilla's client for programs and notebooks: devices and metrics as DataFrames, events as they happen.

>>> from flotilla import Client
>>> fleet = Client("https://flotilla.example.org", "flt_…")
>>> fleet.frame("interfaces", fields=["rx_bytes_rate", "tx_bytes_rate"], last="7d", step="5min")
>>> fleet.query("interfaces", "rx_bytes_total", by=["device", "interface"], last="1h", points=1, top=10)
>>> for event in fleet.events(["device_status", "alert_fired"]):
...     print(event.topic, event.data)
"""

from __future__ import annotations

import io
import json
import random
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Self
from uuid import UUID

import httpx
import pandas as pd
import pyarrow as pa

__all__ = ["Client", "Event", "FlotillaError"]

PAGE = 500
VALUES = ("min", "avg", "max", "count")
DEVICE = (
    *("id", "name", "address", "port", "tls", "fingerprint", "streams", "vantage", "interval_seconds", "created_at"),
    *("state", "since", "heard_at", "identity", "version", "model", "serial", "uptime_seconds", "site_id"),
    *("error_code", "error", "breaker", "next_attempt", "duration_seconds", "site", "tags", "collectors_off"),
    *("profile_id", "profile"),
)
QUIET = 45.0
"""Seconds without a sign of life after which a stream counts as broken; the server gives one every 15."""
BACK_OFF = (1.0, 30.0)
DOUBLED = 5
"""Seconds before the first and at most before any further try to come back."""
LATER = frozenset({429, 502, 503, 504})
"""What a server answers that may take the stream a little later."""
INSTANTS = ("created_at", "since", "heard_at", "next_attempt")


class FlotillaError(Exception):
    """What the server refused and what to do about it; ``code`` and ``request_id`` are for programs and support."""

    def __init__(self, detail: str, next_step: str = "", *, code: str = "", request_id: str = "") -> None:
        super().__init__(f"{detail} {next_step}".strip())
        self.detail = detail
        self.next_step = next_step
        self.code = code
        self.request_id = request_id


@dataclass(frozen=True, slots=True)
class Event:
    """What happened: its topic, what is told of it (docs/streams.md), and the id from which a stream goes on.

    The topic ``resync`` says that events of ``data["topics"]`` were not told: read the present state of what they
    are about.
    """

    topic: str
    data: Mapping[str, Any]
    id: str


class Client:
    """One tenant's fleet, as an API key sees it. Use it with ``with``, or let it live as long as the program.

    ``progress`` says whether long reads draw a bar; left out, they do on a terminal.
    """

    def __init__(
        self,
        url: str,
        key: str,
        *,
        timeout: float = 30,
        progress: bool | None = None,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        self._progress = progress
        headers = {"Authorization": f"Bearer {key}"}
        self._http = httpx.Client(base_url=url, headers=headers, timeout=timeout, transport=transport)
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

    def devices(
        self, *, state: str | None = None, q: str | None = None, site: str | None = None, tag: str | None = None
    ) -> pd.DataFrame:
        """List the devices by id, narrowed by ``state``, ``q`` (part of a name, address, …), ``site`` and ``tag``."""
        frame = pd.DataFrame(self._devices(state=state, q=q, site=site, tag=tag), columns=DEVICE)
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
        return _frame(answer["labels"], [(line["labels"], line["points"]) for line in answer["lines"]])

    def frame(
        self,
        family: str,
        fields: str | Sequence[str],
        devices: str | UUID | Iterable[str | UUID] | None = None,
        last: str | tuple[datetime | str, datetime | str] = "6h",
        step: str | timedelta | None = None,
        **narrow: str,
    ) -> pd.DataFrame:
        """Read fields of a family, of some devices (ids or names) or of all, over the ``last`` 6h or (start, end).

        ``site="Oslo"`` and ``tag="core"`` keep to those devices. The index is the time in UTC and ascends; device and
        labels are categories, counts are Int64, states are categories of their words, all else is float. With
        ``step`` (``5min``, ``1h``) a row stands for a step: gauges and rates are averaged, increases summed, counts
        and states the last. Without it rows come as polled, while kept. ``attrs`` tells what was read, and the units.
        """
        named = [fields] if isinstance(fields, str) else list(fields)
        wanted = {"family": family, "fields": ",".join(named), **_range(last), **narrow}
        if step is not None:
            wanted["step"] = f"{pd.Timedelta(step).total_seconds():.0f}s"
        if devices is not None:
            ids = [devices] if isinstance(devices, str | UUID) else devices
            wanted["devices"] = ",".join(self._id(device) for device in ids)
        return _typed(self._table(wanted))

    def query(
        self,
        family: str,
        field: str,
        aggregate: str | None = None,
        by: Sequence[str] = (),
        last: str | tuple[datetime | str, datetime | str] = "6h",
        **more: Any,
    ) -> pd.DataFrame:
        """Reduce a field to a value for each step and group: ``by`` device, site, tag, model, a label, …

        ``more`` are further members of ``POST …/metrics/query``: ``top=20``, ``sites=["Oslo"]``, ``compare="7d"``.
        The index is the time in UTC; the columns are the groups, their title and the period (categories; ``points``,
        ``earlier`` for what it is compared with), then value, min, avg, max and count. ``attrs`` tells the rest.
        """
        asked = {"family": family, "field": field, "aggregate": aggregate, "by": list(by), **_range(last), **more}
        answer = self._answer("POST", f"{self._home()}/metrics/query", json=asked).json()
        lines = [
            ({**line["group"], "title": line["title"], "period": period}, line[period])
            for line in answer.pop("lines")
            for period in ("points", "earlier")
        ]
        frame = _frame([*answer["by"], "title", "period"], lines, ("value", *VALUES))
        frame.attrs = answer
        return frame

    def events(
        self,
        topics: Sequence[str] | None = None,
        devices: str | UUID | Iterable[str | UUID] | None = None,
        *,
        last_event_id: str = "",
        sleep: Callable[[float], object] = time.sleep,
    ) -> Iterator[Event]:
        """Hear events as they happen, of some topics and devices (ids or names) or of all, for ever.

        It comes back by itself when the stream breaks off, after 1 s and ever later up to 30 s, and goes on behind
        the last event that it gave: none is lost and none given twice. ``last_event_id`` goes on where an earlier
        program ended. Raises FlotillaError where the server refuses, as once the key is revoked, and where it has
        never answered.
        """
        wanted = {} if topics is None else {"topics": ",".join(topics)}
        if devices is not None:
            ids = [devices] if isinstance(devices, str | UUID) else devices
            wanted["devices"] = ",".join(self._id(device) for device in ids)
        place, tries = _Place(last_event_id), 0
        while True:
            try:
                for event in self._stream(wanted, place):
                    tries = 0
                    if event is not None:
                        yield event
            except httpx.TransportError as error:
                if not place.heard:
                    raise self._unreachable(error) from error
            pause = min(BACK_OFF[1], BACK_OFF[0] * 2 ** min(tries, DOUBLED)) * random.uniform(0.75, 1.25)  # noqa: S311
            sleep(max(place.wait, pause))
            tries += 1

    def _stream(self, wanted: Mapping[str, str], place: _Place) -> Iterator[Event | None]:
        """Read one stream to its end: an event, or None for another sign of life."""
        headers = {"Accept": "text/event-stream", **({"Last-Event-ID": place.id} if place.id else {})}
        patience = httpx.Timeout(self._http.timeout.connect, read=QUIET)
        sent: dict[str, Any] = {"params": wanted, "headers": headers, "timeout": patience}
        with self._http.stream("GET", "/api/sse", **sent) as response:
            place.wait = 0.0
            if response.status_code in LATER:
                place.heard = True
                later = response.headers.get("Retry-After", "")
                place.wait = float(later) if later.isdecimal() else 0.0
                return
            if response.is_error:
                response.read()
                raise _refusal(response)
            yield from place.read(response.iter_lines())

    def _table(self, wanted: Mapping[str, str]) -> pa.Table:
        """Read an export while it comes."""
        try:
            with self._http.stream("GET", f"{self._home()}/metrics/export", params=wanted) as response:
                if response.is_error:
                    response.read()
                    raise _refusal(response)
                with pa.ipc.open_stream(io.BufferedReader(_Incoming(response.iter_bytes()), 2**20)) as reader:
                    return pa.Table.from_batches(list(_Bar(self._progress).over(reader)), reader.schema)
        except (httpx.TransportError, pa.ArrowException, OSError) as error:
            said = f"The answer of {self._http.base_url} broke off: {error}."
            raise FlotillaError(said, "Ask again, or for less.", code="unreachable") from error

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
        return self._answer("GET", path, params=query).json()

    def _answer(self, method: str, path: str, **sent: Any) -> httpx.Response:
        try:
            response = self._http.request(method, path, **sent)
        except httpx.TransportError as error:
            raise self._unreachable(error) from error
        if response.is_error:
            raise _refusal(response)
        return response

    def _unreachable(self, error: Exception) -> FlotillaError:
        said = f"{self._http.base_url} does not answer: {error}."
        return FlotillaError(said, "Check the address.", code="unreachable")


@dataclass(slots=True)
class _Place:
    """How far a stream was read, for how many seconds its server wants to be left alone, and if it ever spoke."""

    id: str = ""
    wait: float = 0.0
    heard: bool = False

    def read(self, lines: Iterable[str]) -> Iterator[Event | None]:
        """Read messages (WHATWG HTML, "server-sent events"); what is cut in the middle was not said."""
        said: dict[str, str] = {}
        for line in lines:
            self.heard = True
            name, _, value = line.partition(":")
            if name:
                text = value.removeprefix(" ")
                said[name] = f"{said['data']}\n{text}" if name == "data" and name in said else text
            elif line:
                yield None
            else:
                self.id = said.get("id", self.id)
                yield (
                    Event(said.get("event", "message"), json.loads(said["data"]), self.id) if "data" in said else None
                )
                said = {}


class _Incoming(io.RawIOBase):
    """The pieces of an answer as one file to read from."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self._pieces = pieces
        self._left = memoryview(b"")

    def readable(self) -> bool:
        return True

    def readinto(self, room: Any) -> int:
        while not self._left:
            piece = next(self._pieces, None)
            if piece is None:
                return 0
            self._left = memoryview(piece)
        taken = min(len(room), len(self._left))
        room[:taken], self._left = self._left[:taken], self._left[taken:]
        return taken


class _Bar:
    """How far a long read is: rows so far, and how much of the range, which comes in the order of time."""

    def __init__(self, wanted: bool | None) -> None:
        self._drawn = sys.stderr.isatty() if wanted is None else wanted
        self._next = time.monotonic() + (0 if wanted else 1)

    def over(self, reader: pa.RecordBatchReader) -> Iterator[pa.RecordBatch]:
        """Pass batches on and draw; what was drawn goes at the end."""
        told = json.loads(reader.schema.metadata[b"flotilla"])
        first, end = pd.Timestamp(told["from"]), pd.Timestamp(told["to"])
        rows = 0
        for batch in reader:
            rows += batch.num_rows
            yield batch
            self._draw((pd.Timestamp(batch["time"][-1].as_py()) - first) / (end - first), rows)
        print("\r\x1b[K" if rows and self._drawn else "", end="", file=sys.stderr, flush=True)

    def _draw(self, done: float, rows: int) -> None:
        if self._drawn and time.monotonic() >= self._next:
            self._next = time.monotonic() + 0.1
            print(f"\r{'█' * round(done * 30):░<30} {done:4.0%} {rows:,} rows", end="", file=sys.stderr, flush=True)


def _range(last: str | tuple[datetime | str, datetime | str]) -> dict[str, str]:
    if isinstance(last, str):
        return {"from": f"now-{last}"}
    start, end = (at if isinstance(at, str) else at.isoformat() for at in last)
    return {"from": start, "to": end}


def _typed(table: pa.Table) -> pd.DataFrame:
    """Make a frame of a table: words sorted, counts that may be missing, the time as index."""
    told = json.loads(table.schema.metadata[b"flotilla"])
    kinds = {pa.int64(): pd.Int64Dtype()}.get
    frame: pd.DataFrame = table.to_pandas(types_mapper=kinds, split_blocks=True, self_destruct=True)
    for name in frame.columns[1 : len(frame.columns) - len(told["units"])]:
        frame[name] = frame[name].cat.set_categories(sorted(frame[name].cat.categories))
    frame.attrs = told
    return frame.set_index("time")


def _refusal(response: httpx.Response) -> FlotillaError:
    try:
        problem = response.json()
        told = {"code": problem["code"], "request_id": problem["request_id"]}
        return FlotillaError(problem["detail"], problem["next_step"], **told)
    except (ValueError, KeyError, TypeError):
        return FlotillaError(f"The server answered {response.status_code}.", "Is this Flotilla's address?")


def _frame(
    names: Sequence[str],
    lines: Iterable[tuple[Mapping[str, str], Sequence[Mapping[str, Any]]]],
    values: Sequence[str] = VALUES,
) -> pd.DataFrame:
    """Make a frame of lines, each of the words that name it and its points."""
    parts = [pd.DataFrame(points, columns=["time", *values]).assign(**words) for words, points in lines]
    whole = pd.concat(parts) if parts else pd.DataFrame(columns=[*names, "time", *values])
    whole["time"] = pd.to_datetime(whole["time"], utc=True, format="ISO8601")
    kinds = {**dict.fromkeys(names, "category"), **dict.fromkeys(values, "float64"), "count": "int64"}
    return whole.astype(kinds).set_index("time")[[*names, *values]]
