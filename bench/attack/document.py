"""The OpenAPI document of a running server, as the operations that an attacker finds in it. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

Json = dict[str, Any]
TENANT = "/api/tenants/{tenant_id}/"
"""What the path of everything that belongs to one tenant begins with."""
STREAM = "text/event-stream"
METHODS = ("get", "post", "put", "patch", "delete")
DEEPEST = 4


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter: ``place`` is path, query, header or cookie."""

    name: str
    place: str
    schema: Json
    required: bool = False


@dataclass(frozen=True, slots=True)
class Operation:
    """What may be asked. ``body`` is the schema of what is sent, named ``takes``; ``media`` is its media type."""

    method: str
    path: str
    id: str
    parameters: tuple[Parameter, ...]
    takes: str
    body: Json | None
    media: str
    answers: Mapping[str, Json]
    open: bool

    def __str__(self) -> str:
        return f"{self.method} {self.path}"

    @property
    def safe(self) -> bool:
        return self.method == "GET"

    @property
    def makes(self) -> bool:
        """Whether something is there afterwards that was not before."""
        return self.method == "POST" and not {"201", "202"}.isdisjoint(self.answers)

    @property
    def streams(self) -> bool:
        return any(STREAM in answer.get("content", {}) for answer in self.answers.values())

    @property
    def of_tenant(self) -> bool:
        """Whether it belongs to one tenant; all else is the platform's, or the person's own."""
        return self.path.startswith(TENANT)

    def names(self, place: str) -> list[str]:
        """Name the parameters of a place, in the order of the document."""
        return [parameter.name for parameter in self.parameters if parameter.place == place]


class Document:
    """An OpenAPI document with its references resolved when they are asked for."""

    def __init__(self, text: Json) -> None:
        self.text = text
        self.operations = tuple(self._operations())

    def find(self, method: str, path: str) -> Operation | None:
        """Find an operation by what it is asked with."""
        return next((one for one in self.operations if (one.method, one.path) == (method, path)), None)

    def resolve(self, schema: Json) -> Json:
        """Follow references, and take what is not null of a choice."""
        for _ in range(DEEPEST):
            if "$ref" in schema:
                schema = self._at(schema["$ref"])
                continue
            choices = [one for one in schema.get("anyOf", schema.get("oneOf")) or [] if one.get("type") != "null"]
            if not choices or "type" in schema:
                return schema
            schema = {**{k: v for k, v in schema.items() if k not in ("anyOf", "oneOf")}, **self.resolve(choices[0])}
        return schema

    def texts(self, schema: Json, depth: int = DEEPEST) -> Iterator[tuple[str, ...]]:
        """Yield the way to each member that may hold any text; ``*`` stands for an element of an array."""
        if depth == 0:
            return
        found = self.resolve(schema)
        for name, member in found.get("properties", {}).items():
            yield from ((name, *rest) for rest in self.texts(member, depth - 1))
        if found.get("type") == "array":
            yield from (("*", *rest) for rest in self.texts(found.get("items", {}), depth - 1))
        if found.get("type") == "string" and "enum" not in found and "const" not in found:
            yield ()

    def _at(self, reference: str) -> Json:
        found: Any = self.text
        for part in reference.removeprefix("#/").split("/"):
            found = found[part.replace("~1", "/").replace("~0", "~")]
        return dict(found)

    def _operations(self) -> Iterator[Operation]:
        for path, item in self.text["paths"].items():
            for method in METHODS:
                if method in item:
                    yield self._operation(method.upper(), path, item[method], item.get("parameters", []))

    def _operation(self, method: str, path: str, told: Json, common: list[Json]) -> Operation:
        content = self._deref(told.get("requestBody", {})).get("content", {})
        media = "application/json" if "application/json" in content else next(iter(content), "")
        entry = content.get(media, {})
        schema = entry.get("schema")
        if schema is not None and (example := _example(entry)) is not None:
            schema = {**self.resolve(schema), "examples": [example]} if "$ref" in schema else schema
        return Operation(
            method=method,
            path=path,
            id=told.get("operationId", f"{method} {path}"),
            parameters=tuple(self._parameter(self._deref(one)) for one in [*common, *told.get("parameters", [])]),
            takes=entry.get("schema", {}).get("$ref", "").rsplit("/", 1)[-1],
            body=schema,
            media=media,
            answers={status: self._deref(answer) for status, answer in told.get("responses", {}).items()},
            open=told.get("security") == [],
        )

    def _deref(self, entry: Json) -> Json:
        return self._at(entry["$ref"]) if "$ref" in entry else entry

    def _parameter(self, told: Json) -> Parameter:
        schema = {**told.get("schema", {}), **{k: told[k] for k in ("example",) if k in told}}
        return Parameter(told["name"], told["in"], schema, told.get("required", False))


def _example(entry: Json) -> Any:
    """Take the first example that a media type tells of its own."""
    named = entry.get("examples") or {}
    return next((one["value"] for one in named.values() if "value" in one), entry.get("example"))
