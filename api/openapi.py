"""The OpenAPI 3.1 document, made from the declared routes alone.

APIFlask serves it, but its own paths and schemas are replaced: it describes answers as pydantic would read them (not
as they are written), copies each nested model for every parent, and knows no problem+json. Pydantic's JSON Schema is
of the dialect of OpenAPI 3.1, so it goes in as it is.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import JsonSchemaMode, models_json_schema

from api import catalogue, examples, mount, problems, rates, refusals, repeating, telemetry, versions
from api.auth import COOKIE
from api.problems import Problem
from api.resource import AnyRoute, Download, Nothing, OpenRoute, Resource, Route
from api.versions import Readers
from fleet.identity import Right

Json = dict[str, Any]
VERSION = "3.1.0"
REF = "#/components/schemas/{model}"

SECURITY: Json = {
    "key": {"type": "http", "scheme": "bearer", "description": "An API key: `flt_…`."},
    "access": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT", "description": "A person's access token."},
    "session": {"type": "apiKey", "in": "cookie", "name": COOKIE,
                "description": "A signed-in browser. Unsafe methods also need X-CSRF-Token."},
}  # fmt: skip


def _header(description: str, **more: Any) -> Json:
    return {"description": description, "schema": {"type": "string", **more.pop("schema", {})}, **more}


COMPONENTS: Json = {
    "RequestId": _header("The id of this request, also in the log; send your own to have it used."),
    "ETag": _header("The version of what is answered, for `If-None-Match` and `If-Match`.", required=True),
    "RateLimit": _header("What is left of the limit: `r` requests at once; after `t` seconds all again."),
    "RateLimit-Policy": _header("The limit: `q` requests at once, which come back within `w` seconds."),
    "Retry-After": _header("Seconds until it may be tried again."),
    "Replayed": _header("`true` where this was done before, and is answered as it was."),
}
LOCATION: Json = {
    "Location": _header("The path of what was made.", required=True, schema={"format": "uri-reference"})
}
NAMED: Json = {"Content-Disposition": _header("That it is a file, and its name.", required=True)}
PARAMETERS: Json = {
    "IdempotencyKey": {
        "name": repeating.HEADER,
        "in": "header",
        "description": "Of your choice, one for each thing that you ask for: sent again within 24 hours it is "
        "not done again, and is answered as it was.",
        "schema": {"type": "string", "pattern": repeating.PATTERN},
        "example": "5c1f0e8a-create-oslo",
    },
    "IfMatch": {
        "name": "If-Match",
        "in": "header",
        "description": "The ETag that you read: where it was changed since, nothing is done.",
        "schema": {"type": "string"},
    },
    "IfNoneMatch": {
        "name": "If-None-Match",
        "in": "header",
        "description": "The ETag that you have: where it is the same still, the answer is 304 without a body.",
        "schema": {"type": "string"},
    },
}


@dataclass(frozen=True, slots=True)
class Writer:
    """Writes operations, by the schemas of all models and the routes that read one thing."""

    schemas: dict[str, Json]
    known: Readers

    def operation(self, resource: Resource, route: AnyRoute) -> Json:
        """Describe one route."""
        operation: Json = {
            "operationId": mount.name(route),
            "tags": [resource.name],
            "summary": route.summary,
            "parameters": [*_path(route), *_query(route, self.schemas), *self._headers(route)],
            "responses": self._responses(route),
            "security": _security(route),
        }
        if route.method != "GET" and route.takes is not Nothing:
            others = {media: {"schema": {"type": "string"}} for media in route.reads}
            content = {"application/json": self._media(route.takes), **others}
            operation["requestBody"] = {"required": True, "content": content}
        return operation

    def _media(self, model: type[Any]) -> Json:
        """Describe a body by its schema, with an example where one can be made up."""
        schema = {"$ref": REF.format(model=model.__name__)}
        try:
            return {"schema": schema, "example": examples.of(schema, self.schemas)}
        except examples.Inexpressible:
            return {"schema": schema}

    def _headers(self, route: AnyRoute) -> list[Json]:
        names = ["IdempotencyKey"] if isinstance(route, Route) and route.writes else []
        names += ["IfMatch"] if self._versioned(route) else []
        names += ["IfNoneMatch"] if route.method == "GET" and self._tagged(route) else []
        return [{"$ref": f"#/components/parameters/{name}"} for name in names]

    def _versioned(self, route: AnyRoute) -> bool:
        return isinstance(route, Route) and route.writes and route.path in self.known

    def _tagged(self, route: AnyRoute) -> bool:
        return isinstance(route, Route) and versions.tells(route, self.known)

    def _responses(self, route: AnyRoute) -> Json:
        headers = _shared(route) | (_named("ETag") if self._tagged(route) else {})
        if route.answer is None:
            responses: Json = {"204": {"description": "Done.", "headers": headers}}
        else:
            made = "202" if route.later else "201"
            done, headers = ("200", headers) if route.makes is None else (made, {**headers, **LOCATION})
            headers = {**headers, **NAMED} if route.answer is Download else headers
            responses = {done: {"description": route.summary, "headers": headers, "content": self._content(route)}}
        if route.method == "GET" and self._tagged(route):
            responses["304"] = {"description": "It is as you have it.", "headers": headers}
        for status, codes in refusals.codes(route, self._versioned(route)).items():
            responses[str(status)] = _refusal(status, codes)
        return responses

    def _content(self, route: AnyRoute) -> Json:
        """Describe what an answer holds; of a file there is no more to say than its kind."""
        if route.answer is Download:
            return {media: {} for media in route.medias}
        if route.answer is None or route.answer is str:
            events = [{"$ref": REF.format(model=event.__name__)} for event in route.events]
            return {route.media: {"schema": {"type": "string"}, **({"x-data": {"oneOf": events}} if events else {})}}
        return {route.media: self._media(route.answer)}


def document(base: Json, resources: Sequence[Resource]) -> Json:
    """Complete ``base`` (APIFlask's: version, title, servers) with all that the resources declare."""
    routes = [route for resource in resources for route in resource.routes]
    writer = Writer(_schemas(routes), versions.readers([route for route in routes if isinstance(route, Route)]))
    queries = {route.takes.__name__ for route in routes if route.method == "GET"}
    queries |= {route.asks.__name__ for route in routes}
    paths: dict[str, Json] = {}
    for resource in resources:
        for route in resource.routes:
            paths.setdefault(route.path, {})[route.method.lower()] = writer.operation(resource, route)
    components = {
        "schemas": {name: schema for name, schema in writer.schemas.items() if name not in queries},
        "parameters": PARAMETERS,
        "examples": {one.code: _example(one) for one in catalogue.EVERY},
        "securitySchemes": SECURITY,
        "headers": COMPONENTS,
    }
    tags = [{"name": resource.name, "description": resource.about} for resource in resources]
    return {**base, "openapi": VERSION, "tags": tags, "paths": paths, "components": components}


def _schemas(routes: Sequence[AnyRoute]) -> dict[str, Json]:
    """Every model once: input as it is read, answers as they are written."""
    wanted: dict[tuple[type[BaseModel], JsonSchemaMode], None] = {(Problem, "serialization"): None}
    for route in routes:
        if route.takes is not Nothing:
            wanted[route.takes, "validation"] = None
        if route.asks is not Nothing:
            wanted[route.asks, "validation"] = None
        if isinstance(route.answer, type) and issubclass(route.answer, BaseModel):
            wanted[route.answer, "serialization"] = None
        wanted.update({(event, "serialization"): None for event in route.events})
    _, found = models_json_schema(list(wanted), by_alias=True, ref_template=REF)
    return dict(found["$defs"])


def _path(route: AnyRoute) -> list[Json]:
    schema = {"type": "string", "format": "uuid"}
    names = re.findall(r"{(\w+)}", route.path)
    return [{"name": name, "in": "path", "required": True, "schema": schema} for name in names]


def _query(route: AnyRoute, schemas: dict[str, Json]) -> list[Json]:
    asks = route.takes if route.method == "GET" else route.asks
    if asks is Nothing:
        return []
    model = schemas[asks.__name__]
    required = model.get("required", [])
    return [_parameter(name, schema, name in required) for name, schema in model["properties"].items()]


def _parameter(name: str, schema: Json, required: bool) -> Json:
    """Describe a query parameter; null cannot be written in a query, only left out."""
    held = {key: value for key, value in schema.items() if key not in ("description", "title", "examples")}
    if kinds := [kind for kind in held.get("anyOf", []) if kind != {"type": "null"}]:
        held = kinds[0] if len(kinds) == 1 else {**held, "anyOf": kinds}
    parameter: Json = {"name": name, "in": "query", "required": required, "schema": held}
    if "description" in schema:
        parameter["description"] = schema["description"]
    if "examples" in schema:
        parameter["example"] = schema["examples"][0]
    return parameter


def _security(route: AnyRoute) -> list[Json]:
    if isinstance(route, OpenRoute):
        return []
    scopes = [] if route.scope is None else [str(route.scope)]
    people = [{"access": scopes}, {"session": scopes}]
    return people if isinstance(route.scope, Right) else [{"key": scopes}, *people]


def _shared(route: AnyRoute) -> Json:
    """Name the headers of every answer of a route."""
    limited = _named(rates.LIMIT, rates.POLICY) if rates.of(route) else {}
    replayed = {repeating.REPLAYED: _ref("Replayed")} if isinstance(route, Route) and route.writes else {}
    return {telemetry.HEADER: _ref("RequestId"), **limited, **replayed}


def _named(*names: str) -> Json:
    return {name: _ref(name) for name in names}


def _ref(name: str) -> Json:
    return {"$ref": f"#/components/headers/{name}"}


def _refusal(status: int, codes: Sequence[str]) -> Json:
    shown = {code: {"$ref": f"#/components/examples/{code}"} for code in codes if code in catalogue.MEANINGS}
    content = {problems.MEDIA: {"schema": {"$ref": REF.format(model="Problem")}, "examples": shown}}
    headers = {telemetry.HEADER: _ref("RequestId")} | (_named("Retry-After") if status in (409, 429, 503) else {})
    said = f"{HTTPStatus(status).phrase}: {', '.join(f'`{code}`' for code in codes)}."
    return {"description": said, "headers": headers, "content": content}


def _example(one: catalogue.Meaning) -> Json:
    head = {"type": catalogue.address(one.code), "title": one.code.replace("_", " ").capitalize()}
    rest = {"status": one.status, "code": one.code, "detail": one.what, "next_step": one.step}
    return {"summary": one.what, "value": {**head, **rest, "request_id": "3f2a9c", "errors": []}}
