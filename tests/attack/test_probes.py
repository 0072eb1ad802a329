"""Bodies are made from schemas, and a foreign id finds its way into each place that takes one."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from bench.attack.bodies import Maker, kind, put
from bench.attack.document import Document
from bench.attack.people import Asker, Tenant
from bench.attack.probes import Prober
from bench.attack.stock import Stock, entries, identity
from fleet.identity import TenantId

THING = {
    "type": "object",
    "required": ["name", "kind", "place", "many"],
    "properties": {
        "name": {"type": "string"},
        "kind": {"enum": ["small", "large"], "type": "string"},
        "place": {"$ref": "#/components/schemas/Place"},
        "many": {"type": "array", "items": {"type": "string", "format": "uuid"}},
        "note": {"anyOf": [{"type": "string"}, {"type": "null"}]},
    },
}
PATHS: dict[str, Any] = {
    "/api/tenants/{tenant_id}/things": {
        "get": {
            "parameters": [
                {"name": "tenant_id", "in": "path", "schema": {"type": "string"}},
                {"name": "after", "in": "query", "schema": {"type": "string"}},
                {"name": "limit", "in": "query", "schema": {"type": "integer"}},
            ],
            "responses": {"200": {}},
        },
        "post": {
            "parameters": [{"name": "tenant_id", "in": "path", "schema": {"type": "string"}}],
            "requestBody": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Thing"}}}},
            "responses": {"201": {}},
        },
    },
    "/api/stream": {"get": {"responses": {"200": {"content": {"text/event-stream": {}}}}, "security": []}},
}
SCHEMAS = {"Thing": THING, "Place": {"type": "object", "required": ["x"], "properties": {"x": {"type": "integer"}}}}
DOCUMENT = Document({"paths": PATHS, "components": {"schemas": SCHEMAS}})
LISTED, MADE, STREAM = DOCUMENT.operations


def stock(slug: str) -> Stock:
    tenant = Tenant(TenantId(uuid4()), slug)
    made = Stock(tenant, (), Asker("nobody", tenant))
    for _ in range(3):
        made.add("thing_id", str(uuid4()))
        made.add("device_id", str(uuid4()))
    return made


def test_the_document_says_what_makes_and_what_streams() -> None:
    assert [one.makes for one in DOCUMENT.operations] == [False, True, False]
    assert [one.streams for one in DOCUMENT.operations] == [False, False, True]
    assert [one.open for one in DOCUMENT.operations] == [False, False, True]
    assert [one.of_tenant for one in DOCUMENT.operations] == [True, True, False]


def test_a_body_has_what_it_must_and_new_words_each_time() -> None:
    maker = Maker(DOCUMENT, {"device": "an id"})
    one, two = maker.body(MADE), maker.body(MADE)
    assert one == {"name": one["name"], "kind": "small", "place": {"x": 1}, "many": []}
    assert one["name"] != two["name"]


def test_every_member_that_holds_a_text_is_found() -> None:
    assert MADE.body is not None
    assert list(DOCUMENT.texts(MADE.body)) == [("name",), ("many", "*"), ("note",)]


def test_a_value_is_put_where_nothing_was_yet() -> None:
    assert put({"a": 1}, ("b", "*", "c"), "x") == {"a": 1, "b": [{"c": "x"}]}


def test_a_foreign_id_is_tried_in_every_place() -> None:
    north, south = stock("north"), stock("south")
    north.cursors[LISTED.id].append(cursor := str(uuid4()))
    prober = Prober(DOCUMENT, south, north)
    tried = {str(probe.slot): prober.ask(probe) for probe in prober.probes(LISTED)}
    assert tried["path tenant_id"].ids == {"tenant_id": str(north.tenant.id)}
    assert tried["query after"].query == {"after": cursor}
    assert "query limit" not in tried
    bodies = [prober.ask(probe).body for probe in prober.probes(MADE) if probe.slot.place == "body"]
    assert [body["many"] for body in bodies if body["many"]] == [[north.ids["device"][2]]]


def test_baits_are_no_marks() -> None:
    north = stock("north")
    north.known = {*north.ids["device"], *north.ids["thing"], str(north.tenant.id)}
    assert north.marks() == {north.ids["device"][1], *north.ids["thing"][1:]}


def test_lists_tell_ids_by_whatever_name() -> None:
    assert entries({"next": None, "items": [{"id": "1"}]}) == [{"id": "1"}]
    assert identity({"id": "1", "name": "n"}, "thing_id")[0] == "1"
    assert identity({"thing": "t"}, "thing_id")[0] == "t"
    assert identity("plain", "thing")[0] == "plain"


def test_a_kind_has_one_name() -> None:
    assert {kind(name) for name in ("device_id", "device_ids", "devices", "device")} == {"device"}
