"""Requests that another site made a browser send: refused wherever a cookie is the credential."""

from __future__ import annotations

from hmac import compare_digest
from urllib.parse import urlsplit

from flask import request

from fleet.errors import Forbidden

COOKIE = "flotilla_csrf"
HEADER = "X-CSRF-Token"
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})


class CrossSite(Forbidden):
    """The request came from another site, or its page could not show the CSRF token."""

    code = "cross_site"


def check(token: str) -> None:
    """Refuse an unsafe request that a cookie authenticates unless our own page made it, which knows ``token``."""
    if request.method in SAFE:
        return
    same_origin()
    if not compare_digest(request.headers.get(HEADER, "").encode(), token.encode()):
        raise CrossSite(f"The header {HEADER} is missing or wrong.", f"Send the value of the cookie {COOKIE} in it.")


def same_origin() -> None:
    """Refuse a request that the browser says another origin made."""
    site = request.headers.get("Sec-Fetch-Site", "same-origin")
    origin = request.headers.get("Origin")
    if site not in ("same-origin", "none") or (origin is not None and urlsplit(origin).netloc != request.host):
        raise CrossSite("This request came from another site.", "Open Flotilla's own page and try there.")
