"""The web application: every resource found, every request named, admitted, measured and answered."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from apiflask import APIFlask
from flask import Flask, Request

from api import acts, errors, headers, mirror, mount, openapi, pages, rates, telemetry
from api.context import EXTENSION, Context
from api.resource import LARGEST_BODY, Resource
from api.streams import tokens
from fleet import plugins

RESOURCES = "api.resources"
ABOUT = "Devices and metrics of a tenant. Every refusal is problem+json with a code, a request id and a next step."


class Whole(Request):
    """A request whose body is read to its end, also where it comes in chunks and nobody said how long it is.

    a2wsgi ends the input with the request and does not say so; unsaid, Werkzeug takes such a body for empty.
    """

    def __init__(self, environ: dict[str, Any], *more: Any, **facts: Any) -> None:
        if "asgi.scope" in environ:
            environ["wsgi.input_terminated"] = True
        super().__init__(environ, *more, **facts)


def create_app(context: Context, only: Sequence[Resource] | None = None) -> APIFlask:
    """Make the Flask application; the dashboard is mounted on it afterwards.

    It serves every resource of the folder, or ``only`` those that are given.
    """
    app = APIFlask(
        "api", title="Flotilla", version="1", spec_path="/api/openapi.json", docs_path=None, json_errors=False
    )
    app.config.update(OPENAPI_VERSION=openapi.VERSION, AUTO_200_RESPONSE=False, MAX_CONTENT_LENGTH=LARGEST_BODY)
    app.description = ABOUT
    app.extensions[EXTENSION] = context
    app.url_map.strict_slashes = False
    app.request_class = Whole
    telemetry.install(app, context)
    headers.install(app)
    rates.install(app)
    errors.install(app)
    resources = list(plugins.discover(RESOURCES, Resource)) if only is None else only
    mount.routes(app, [route for resource in resources for route in resource.routes])
    pages.install(app)
    mirror.install(app)
    tokens.install(app)

    app.spec_processor(lambda base: openapi.document(base, resources) if isinstance(base, dict) else base)
    return app


def largest_body(app: Flask) -> int:
    """Tell how long a body may be that some route takes."""
    return max((route.largest for route in app.extensions.get(acts.EXTENSION, {}).values()), default=LARGEST_BODY)
