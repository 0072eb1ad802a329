"""Examples of what is sent and answered, made from the schemas: an example that a field gives, or one of its kind."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

Json = dict[str, Any]

ID, INSTANT = "6f9f03ab-2d0c-4b7e-9a57-0c1d2e3f4a5b", "2026-01-31T12:00:00Z"
FORMATS = {"uuid": ID, "date-time": INSTANT, "password": "a secret", "uri-reference": "/api/health"}
DEEPEST = 8


class Inexpressible(Exception):
    """A schema of which no example can be made up."""


def of(schema: Json, schemas: Mapping[str, Json]) -> Any:
    """Make an example of a schema; raises Inexpressible for a pattern that gives none itself."""
    return _made(schema, schemas, DEEPEST)


def _made(schema: Json, schemas: Mapping[str, Json], left: int) -> Any:
    if left == 0:
        raise Inexpressible
    if "$ref" in schema:
        return _made(schemas[schema["$ref"].rsplit("/", 1)[-1]], schemas, left - 1)
    for name in ("examples", "enum"):
        if schema.get(name):
            return schema[name][0]
    for name in ("const", "default"):
        if name in schema:
            return schema[name]
    for name in ("anyOf", "oneOf", "allOf"):
        if name in schema and "properties" not in schema:
            return _made(schema[name][0], schemas, left - 1)
    return _of_type(schema, schemas, left)


def _of_type(schema: Json, schemas: Mapping[str, Json], left: int) -> Any:
    match schema.get("type"):
        case "object":
            return _object(schema, schemas, left)
        case "array":
            return [_made(schema.get("items", {}), schemas, left - 1)] if schema.get("maxItems") != 0 else []
        case "string":
            return _text(schema)
        case "integer":
            return _number(schema)
        case "number":
            return float(_number(schema))
        case "boolean":
            return True
        case "null":
            return None
    return {}


def _object(schema: Json, schemas: Mapping[str, Json], left: int) -> Json:
    if "properties" not in schema:
        further = schema.get("additionalProperties")
        if not (isinstance(further, dict) and further):
            return {}
        name = _made(schema["propertyNames"], schemas, left - 1) if "propertyNames" in schema else "name"
        return {name: _made(further, schemas, left - 1)}
    needed = {*schema.get("required", ()), *_first(schema).get("required", ())}
    parts = schema["properties"].items()
    return {name: _made(part, schemas, left - 1) for name, part in parts if name in needed or part.get("examples")}


def _first(schema: Json) -> Json:
    """Tell the first of the ways in which an object may be whole."""
    return dict(next(iter(schema.get("anyOf", ())), {}))


def _text(schema: Json) -> str:
    if "format" in schema:
        return FORMATS.get(schema["format"], "text")
    if "pattern" in schema and schema["pattern"] != r"^[^\x00]*$":
        raise Inexpressible
    return "text".ljust(schema.get("minLength", 0), "x")[: schema.get("maxLength", 4)]


def _number(schema: Json) -> int:
    return int(schema.get("minimum", min(1, schema.get("maximum", 1))))
