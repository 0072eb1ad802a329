"""The security headers of every answer, and the content policy that each part of the site needs."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterable
from hashlib import sha256
from typing import cast

from flask import Flask, Response, current_app, request

EXTENSION = "flotilla.policies"
CSP = "Content-Security-Policy"

FIXED = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}
NOTHING = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
"""For answers that are no pages: nothing is loaded or run."""


def policy(hashes: Iterable[str] = (), styles: Iterable[str] = ()) -> str:
    """Write the content policy of a page that loads from this host only.

    ``hashes`` are those of its inline scripts (``'sha256-…'``), ``styles`` further sources of style sheets.
    """
    own = "'self'"
    sources = {
        "default-src": ["'none'"],
        "script-src": [own, *hashes],
        "style-src": [own, *styles],
        "img-src": [own, "data:"],
        "font-src": [own, "data:"],
        "connect-src": [own],
        "form-action": [own],
        "base-uri": ["'none'"],
        "frame-ancestors": ["'none'"],
    }
    return "; ".join(f"{name} {' '.join(values)}" for name, values in sources.items())


def hashed(script: str) -> str:
    """Write the source by which a policy allows an inline script."""
    return f"'sha256-{b64encode(sha256(script.encode()).digest()).decode()}'"


def install(app: Flask) -> None:
    """Set the headers on every answer of ``app``."""
    app.extensions[EXTENSION] = {"/api/": NOTHING, "/metrics": NOTHING}
    app.after_request(_secure)


def extend(app: Flask, prefix: str, content_policy: str) -> None:
    """Use another content policy for the paths that begin with ``prefix``; the longest prefix holds."""
    cast(dict[str, str], app.extensions[EXTENSION])[prefix] = content_policy


def _secure(response: Response) -> Response:
    for name, value in FIXED.items():
        response.headers.setdefault(name, value)
    response.headers.setdefault(CSP, _policy(request.path))
    if response.mimetype == "text/html" or "Cache-Control" not in response.headers:
        response.headers["Cache-Control"] = "no-store"
    return response


def _policy(path: str) -> str:
    policies: dict[str, str] = current_app.extensions[EXTENSION]
    matching = [prefix for prefix in policies if path.startswith(prefix)]
    return policies[max(matching, key=len)] if matching else policy()
