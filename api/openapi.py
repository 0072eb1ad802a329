"""The OpenAPI 3.1 document, made from the declared routes alone.

APIFlask serves it, but its own paths and schemas are replaced: it describes answers as pydantic would read them (not
as they are written), copies each nested model for every parent, and knows no problem+json. Pydantic's JSON Schema is
of the dialect of OpenAPI 3.1, so it goes in as it is.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from http import HTTPStatus
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import JsonSchemaMode, models_json_schema

from api import mount, problems, telemetry
from api.auth import COOKIE
from api.problems import Problem
from api.resource import TENANT, AnyRoute, Download, Nothing, OpenRoute, Resource
from fleet.errors import BadInput, FleetError, Forbidden, NotFound, TooMany, Unauthenticated, Unavailable

Json = dict[str, Any]
VERSION = "3.1.0"
REF = "#/components/schemas/{model}"

SECURITY: Json = {
    "key": {"type": "http", "scheme": "bearer", "description": "An API key: `flt_…`."},
    "session": {"type": "apiKey", "in": "cookie", "name": COOKIE,
                "description": "A signed-in browser. Unsafe methods also need X-CSRF-Token."},
}  # fmt: skip
REQUEST_ID: Json = {
    "description": "The id of this request, also in the log; send your own to have it used.",
    "schema": {"type": "string"},
}

LOCATION: Json = {
    "Location": {
        "description": "The path of what was made.",
        "required": True,
        "schema": {"type": "string", "format": "uri-reference"},
    }
}
NAMED: Json = {
    "Content-Disposition": {
        "description": "That it is a file, and its name.",
        "required": True,
        "schema": {"type": "string"},
    }
}
HEADERS: Json = {telemetry.HEADER: {"$ref": "#/components/headers/RequestId"}}


def document(base: Json, resources: Sequence[Resource]) -> Json:
    """Complete ``base`` (APIFlask's: version, title, servers) with all that the resources declare."""
    routes = [route for resource in resources for route in resource.routes]
    schemas = _schemas(routes)
    queries = {route.takes.__name__ for route in routes if route.method == "GET"}
    refused = {status for route in routes for status in _refusals(route)}
    paths: dict[str, Json] = {}
    for resource in resources:
        for route in resource.routes:
            operation = _operation(resource, route, schemas)
            paths.setdefault(route.path, {})[route.method.lower()] = operation
    components = {
        "responses": {_named(status): _refusal(status) for status in sorted(refused)},
        "schemas": {name: schema for name, schema in schemas.items() if name not in queries},
        "securitySchemes": SECURITY,
        "headers": {"RequestId": REQUEST_ID},
    }
    tags = [{"name": resource.name, "description": resource.about} for resource in resources]
    return {**base, "openapi": VERSION, "tags": tags, "paths": paths, "components": components}


def _schemas(routes: Sequence[AnyRoute]) -> dict[str, Json]:
    """Every model once: input as it is read, answers as they are written."""
    wanted: dict[tuple[type[BaseModel], JsonSchemaMode], None] = {(Problem, "serialization"): None}
    for route in routes:
        if route.takes is not Nothing:
            wanted[route.takes, "validation"] = None
        if isinstance(route.answer, type) and issubclass(route.answer, BaseModel):
            wanted[route.answer, "serialization"] = None
    _, found = models_json_schema(list(wanted), by_alias=True, ref_template=REF)
    return dict(found["$defs"])


def _operation(resource: Resource, route: AnyRoute, schemas: dict[str, Json]) -> Json:
    operation: Json = {
        "operationId": mount.name(route),
        "tags": [resource.name],
        "summary": route.summary,
        "parameters": [*_path(route), *_query(route, schemas)],
        "responses": _responses(route),
        "security": _security(route),
    }
    if route.method != "GET" and route.takes is not Nothing:
        content = {"application/json": {"schema": {"$ref": REF.format(model=route.takes.__name__)}}}
        operation["requestBody"] = {"required": True, "content": content}
    return operation


def _path(route: AnyRoute) -> list[Json]:
    schema = {"type": "string", "format": "uuid"}
    names = re.findall(r"{(\w+)}", route.path)
    return [{"name": name, "in": "path", "required": True, "schema": schema} for name in names]


def _query(route: AnyRoute, schemas: dict[str, Json]) -> list[Json]:
    if route.method != "GET" or route.takes is Nothing:
        return []
    model = schemas[route.takes.__name__]
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
    return [{"key": scopes}, {"session": scopes}]


def _responses(route: AnyRoute) -> Json:
    if route.answer is None:
        responses: Json = {"204": {"description": "Done.", "headers": HEADERS}}
    else:
        done, headers = ("200", HEADERS) if route.makes is None else ("201", {**HEADERS, **LOCATION})
        headers = {**headers, **NAMED} if route.answer is Download else headers
        responses = {done: {"description": route.summary, "headers": headers, "content": _content(route)}}
    for status in sorted(_refusals(route)):
        responses[str(status)] = {"$ref": f"#/components/responses/{_named(status)}"}
    return responses


def _content(route: AnyRoute) -> Json:
    """Describe what an answer holds; of a file there is no more to say than its kind."""
    if route.answer is Download:
        return {media: {} for media in route.medias}
    if route.answer is None or route.answer is str:
        return {route.media: {"schema": {"type": "string"}}}
    return {route.media: {"schema": {"$ref": REF.format(model=route.answer.__name__)}}}


def _named(status: int) -> str:
    return HTTPStatus(status).phrase.replace(" ", "")


def _refusal(status: int) -> Json:
    content = {problems.MEDIA: {"schema": {"$ref": REF.format(model="Problem")}}}
    return {"description": HTTPStatus(status).phrase, "headers": HEADERS, "content": content}


def _refusals(route: AnyRoute) -> set[int]:
    """Tell every status with which this route can refuse."""
    kinds: list[type[FleetError]] = [*route.raises, BadInput, FleetError]
    if route.path.startswith(TENANT):
        kinds.append(NotFound)
    if not isinstance(route, OpenRoute):
        kinds += [Unauthenticated, Forbidden, TooMany, Unavailable]
    statuses = {kind.status for kind in kinds}
    return statuses | {413, 415} if route.method != "GET" and route.takes is not Nothing else statuses
