"""Bodies and parameters that an operation takes, made from its schema; where the schema does not say enough, by hand.

``MAKERS`` is that hand, keyed by the name of a schema (of an operation, where what it takes has none): members that
fit together, or that no schema can tell. What is missing there is told by the operation that refuses what was made.
"""

from __future__ import annotations

import copy
import itertools
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from bench.attack import words
from bench.attack.document import Document, Json, Operation

_NUMBERS = itertools.count(1)
PASSWORD = "wrong battery staple"  # noqa: S105
TEXT = "/system note\nset note=kept\n"
FAMILY = {"family": "interfaces", "field": "rx_bytes_total", "fields": "rx_bytes_total"}
"""What fits together, where no schema says so: a family and a field of it."""
BUSY = {"test": "value", "family": "resource", "field": "cpu_load_ratio", "threshold": 0.9}


def address() -> str:
    """Make an address of the simulator's range, on which nothing listens and nobody waits."""
    number = next(_NUMBERS)
    return f"127.{64 + number // 62_500 % 60}.{number // 250 % 250}.{number % 250 + 1}"


def network() -> str:
    """Make a small network of that range."""
    number = next(_NUMBERS)
    return f"127.{64 + number // 250 % 60}.{number % 250}.0/29"


def email() -> str:
    return f"{words.token()}@people.example"


FRESH: dict[str, Callable[[], str]] = {
    **dict.fromkeys(("name", "title", "reason", "note", "comment", "label", "slug"), words.token),
    "email": email,
    "address": address,
    "network": network,
}
"""Members that are used once in a tenant, or are a person's own words: never what an example says."""


def _device() -> dict[str, Any]:
    place = {"address": address(), "tls": "plain", "username": "flotilla", "password": PASSWORD}
    return {"name": words.token(), **place}


def _many(own: Mapping[str, str]) -> dict[str, Any]:
    devices = [own.get("device", words.token())]
    return {"devices": devices, "commands": f"/system identity set name={words.token()}"}


def _judging(own: Mapping[str, str]) -> dict[str, Any]:
    """Judge one device: a rule for all of them takes nothing in the place of a device."""
    return {"condition": BUSY, "scope": {"reach": "device", "of": own.get("device", words.token())}}


MAKERS: dict[str, Callable[[Mapping[str, str]], Any]] = {
    "NewDevice": lambda _: _device(),
    "DeviceChange": lambda _: {"streams": 2},
    "Lines": lambda _: {"devices": [_device()]},
    **dict.fromkeys(("NewPush", "PushText"), lambda _: {"commands": f"/system identity set name={words.token()}"}),
    "NewPushMany": lambda own: _many(own),
    "PushManyText": lambda own: _many(own),
    "NewWindow": lambda _: {"all": True, "lasts": "1h", "reason": words.token()},
    "NewWindows": lambda own: {"devices": [own.get("device", words.token())], "lasts": "1h", "reason": words.token()},
    "NewGroup": lambda _: {"name": words.token(), "filter": {"tag": [words.token()]}},
    "NewTemplate": lambda _: {"name": words.token(), "text": TEXT},
    "TemplateDraft": lambda own: {"text": TEXT, "devices": [own.get("device", words.token())]},
    "TemplateText": lambda _: {"text": f"# {words.token()}\n{TEXT}"},
    "NewTemplateAssignment": lambda _: {"tag": words.token()},
    "TemplatePreviewWish": lambda own: {"devices": [own.get("device", words.token())]},
    "NewLogin": lambda _: {"profile": words.token(), "username": "flotilla"},
    "Edit": lambda _: {"menu": "/interface/bridge", "verb": "add", "values": {"name": words.token()}},
    "NewRollout": lambda _: {"name": words.token(), "target": "7.24.4"},
    "NewAlertRule": lambda own: {"name": words.token(), "severity": "warning", **_judging(own)},
    "AlertRuleTest": lambda own: {"rule": {"name": words.token(), "severity": "warning", **_judging(own)}},
    "AlertRuleChange": lambda own: {"severity": "info", **_judging(own)},
    "NewAlertChannel": lambda _: {
        "name": words.token(),
        "kind": "slack",
        "url": f"https://{words.token()}.invalid/x",
    },
    "AlertChannelChange": lambda _: {"name": words.token()},
    "AlertRouteWish": lambda own: {"name": words.token(), "channel": own.get("channel", words.token())},
    "NewUser": lambda _: {"email": email(), "role": "viewer"},
    "UserRole": lambda _: {"role": "viewer"},
    "Question": lambda _: {"family": "interfaces", "field": "rx_bytes_total", "by": ["device"]},
}

QUERIES = {
    "firmware_devices": {"standing": "unknown"},
    "firmware_release": {"version": "7.24.4"},
    "maintenance_occurrences": {"every": "FREQ=DAILY", "at": "02:00", "lasts": "1h"},
}
"""Parameters of an operation of which none must be there, but one; or whose name is that of something else, too."""

_FOR = ("device_id", "site_id", "tag")
_WHOM = ("device_id", "site", "tag", "all")
INSTEAD: dict[tuple[str, str], tuple[str, ...]] = {
    **{("NewWindow", name): _WHOM for name in _WHOM},
    **{("NewTemplateAssignment", name): _FOR for name in _FOR},
    ("NewDevice", "profile"): ("username", "password"),
    ("NewSilence", "to"): ("lasts",),
    ("AlertRuleTest", "rule_id"): ("rule",),
}
"""Members of a schema that another stands in the place of."""


@dataclass(slots=True)
class Maker:
    """Makes what an operation takes for a tenant; ``own`` names an id of each kind of thing that it has."""

    document: Document
    own: Mapping[str, str] = field(default_factory=dict)

    def body(self, operation: Operation) -> Any:
        """Make a body with new words in it; None where the operation takes none."""
        if operation.body is None:
            return None
        if (made := MAKERS.get(operation.takes or operation.id)) is not None:
            return made(self.own)
        return self._value("", operation.body)

    def query(self, operation: Operation) -> dict[str, str]:
        """Make the query parameters that must be there."""
        made = dict(QUERIES.get(operation.id, {}))
        for parameter in operation.parameters:
            if parameter.place == "query" and parameter.required and parameter.name not in made:
                made[parameter.name] = str(self._value(parameter.name, parameter.schema))
        return made

    def headers(self, operation: Operation) -> dict[str, str]:
        """Make the header parameters that must be there."""
        needed = [one for one in operation.parameters if one.place == "header" and one.required]
        return {one.name: str(self._value(one.name, one.schema)) for one in needed}

    def _value(self, name: str, schema: Json) -> Any:
        known = self.document.resolve(schema)
        if name in FAMILY:
            return FAMILY[name]
        if (mine := self.own.get(kind(name))) is not None and known.get("type") in ("string", "array"):
            return [mine] if known["type"] == "array" else mine
        example = next(iter(known.get("examples", [])), known.get("example", known.get("default")))
        if "properties" in known:
            return self._members(known, example if isinstance(example, dict) else {})
        if name in FRESH and known.get("type") == "string":
            return FRESH[name]()
        if example is not None:
            return copy.deepcopy(example)
        return self._plain(name, known)

    def _members(self, schema: Json, example: Json) -> Json:
        """Make an object: what it must have, and what its example has."""
        wanted = [name for name in schema["properties"] if name in schema.get("required", ()) or name in example]
        made = {}
        for name in wanted:
            member = schema["properties"][name]
            told = {**self.document.resolve(member), "examples": [example[name]]} if name in example else member
            made[name] = self._value(name, told)
        return made

    def _plain(self, name: str, schema: Json) -> Any:
        """Make a value from what a schema says of it."""
        if "const" in schema:
            return schema["const"]
        if "enum" in schema:
            return schema["enum"][0]
        match schema.get("type"):
            case "string":
                return _text(name, schema)
            case "integer" | "number":
                return schema.get("minimum", 1)
            case "boolean":
                return False
            case "array":
                return [self._value(name.removesuffix("s"), schema.get("items", {}))] * schema.get("minItems", 0)
            case _:
                return {}


def kind(name: str) -> str:
    """Tell of what kind a parameter or member names one: ``device_ids``, ``devices`` and ``device_id`` a device."""
    return re.sub(r"(_?ids?|s)\Z", "", name)


def alone(body: Any, takes: str, name: str) -> Any:
    """Take out of a body what may not stand beside a member."""
    others = INSTEAD.get((takes, name), ())
    return {known: value for known, value in body.items() if known not in others}


def put(body: Any, way: tuple[str, ...], value: str) -> Any:
    """Put a value into a copy of a body, and make what is missing on the way there."""
    if not way:
        return value
    step, rest = way[0], way[1:]
    if step == "*":
        return [put(body[0] if isinstance(body, list) and body else None, rest, value)]
    held = dict(body) if isinstance(body, dict) else {}
    held[step] = put(held.get(step), rest, value)
    return held


def _text(name: str, schema: Json) -> str:
    match schema.get("format"):
        case "uuid":
            return "00000000-0000-4000-8000-000000000000"
        case "date-time":
            return "2026-01-05T12:00:00Z"
        case "email":
            return email()
        case "ipv4":
            return address()
        case "password":
            return PASSWORD
    return words.token()[: schema.get("maxLength", 100)]
