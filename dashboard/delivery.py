"""How the dashboard's files travel: compressed once, and kept by the browser for as long as they stay the same."""

from __future__ import annotations

import gzip
import mimetypes
import re
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any

from dash.fingerprint import check_fingerprint
from flask import Flask, Response, request

from dashboard.door import PREFIX
from dashboard.guard import PUBLIC

SMALLEST = 600
PACKED = ("application/json", "application/javascript", "text/javascript", "text/css", "text/html", "image/svg+xml")

SUITES = f"{PREFIX}_dash-component-suites/"
SCRIPTS = Path(__file__).parent / "scripts"
INSTEAD = {
    f"{SUITES}plotly/package_data/plotly.min.js": "plotly-cartesian.min.js",
    f"{SUITES}dash/deps/polyfill@7.12.1.min.js": "regenerator-runtime.js",
}
"""What is served in place of scripts of Dash: a third of Plotly draws all of our charts, and of the polyfills a
browser of today lacks one. What a browser does not have to read shows a page sooner."""

ASSETS = Path(__file__).parent / "assets"
JOINED = {f"{PREFIX}assets/all.js": "text/javascript", f"{PREFIX}assets/all.css": "text/css"}
"""Our own scripts and style sheets, in one file each: a browser asks for two, and not for forty."""

_OWN = re.compile(
    rf'(?:<script src|<link rel="stylesheet" href)="{PREFIX}assets/[^"?]+\.(js|css)\?[^"]*">(?:</script>)?\s*'
)

FOREVER = "public, max-age=31536000, immutable"
ASK_AGAIN = "public, no-cache"


@dataclass(frozen=True, slots=True)
class File:
    """A file as it travels, and the tag that tells whether a browser has it."""

    packed: bytes
    tag: str
    kind: str | None


def install(app: Flask) -> None:
    """Compress what is served under the dashboard's prefix; its files once in the life of the process."""
    kept: dict[str, File] = {}

    @app.before_request
    def serve() -> Response | None:
        found = _instead(_name()[0]) or (kept.get(_name()[0]) if _of_file() else None)
        return None if found is None else _answer(found)

    @app.after_request
    def deliver(response: Response) -> Response:
        if not request.path.startswith(PREFIX) or response.status_code != 200 or not _packable(response):
            return response
        response.direct_passthrough = False
        if not _of_file():
            return _encoded(response, gzip.compress(response.get_data(), 5, mtime=0))
        plain = response.get_data()
        kind = response.mimetype or mimetypes.guess_type(request.path)[0]
        kept[_name()[0]] = found = _file(plain, kind)
        return _answer(found)


def _file(plain: bytes, kind: str | None) -> File:
    return File(gzip.compress(plain, 9, mtime=0), sha256(plain).hexdigest()[:32], kind)


def join(whole: str) -> str:
    """Write the first HTML with our own files joined: each of the two where the first of its kind was."""
    written: set[str] = set()

    def one(found: re.Match[str]) -> str:
        kind = found[1]
        if kind in written:
            return ""
        written.add(kind)
        address = lasting(f"{PREFIX}assets/all.{kind}")
        script, style = f'<script src="{address}"></script>\n', f'<link rel="stylesheet" href="{address}">\n'
        return script if kind == "js" else style

    return _OWN.sub(one, whole)


def _instead(path: str) -> File | None:
    """Give what is served in place of a script, or of many."""
    if path in JOINED:
        return _joined(path)
    name = INSTEAD.get(path)
    return None if name is None else _script(name)


@cache
def _script(name: str) -> File:
    """Pack one of our scripts: there are as many as INSTEAD names, whatever is asked for."""
    return _file((SCRIPTS / name).read_bytes(), "text/javascript")


@cache
def _joined(path: str) -> File:
    """Join our own files of a kind, in the order of their names: there are as many results as JOINED has kinds."""
    every = sorted(ASSETS.glob(f"*{Path(path).suffix}"))
    return _file(b"\n".join(one.read_bytes() for one in every), JOINED[path])


def lasting(path: str) -> str:
    """Tell the address by which a browser keeps one of our scripts for good, with what it compiled of it."""
    found = _instead(path)
    return path if found is None else f"{path}?m={found.tag[:12]}"


def _of_file() -> bool:
    return request.method == "GET" and request.path.startswith(PUBLIC) and request.accept_encodings["gzip"] > 0


def _name() -> tuple[str, bool]:
    """Split an address into the file, and whether it carries a fingerprint.

    What is kept is kept by file: nobody fills the memory with addresses of one file.
    """
    untyped: Any = check_fingerprint
    path, fingerprinted = untyped(request.path)
    return path, fingerprinted


def _answer(found: File) -> Response:
    """Answer with a file; one whose address changes with its content is kept by the browser for good.

    The scripts that Dash's bundles load later bear no fingerprint: the browser asks whether they changed.
    """
    kept = _name()[1] or "m" in request.args
    response = Response(mimetype=found.kind)
    response.set_etag(found.tag)
    response.headers["Cache-Control"] = FOREVER if kept else ASK_AGAIN
    if request.if_none_match.contains(found.tag):
        response.status_code = 304
        return response
    if not request.accept_encodings["gzip"]:
        response.set_data(gzip.decompress(found.packed))
        return response
    return _encoded(response, found.packed)


def _packable(response: Response) -> bool:
    if "Content-Encoding" in response.headers or not request.accept_encodings["gzip"]:
        return False
    return response.mimetype in PACKED and (response.content_length or 0) >= SMALLEST


def _encoded(response: Response, packed: bytes) -> Response:
    response.set_data(packed)
    response.headers["Content-Encoding"] = "gzip"
    response.vary.add("Accept-Encoding")
    return response
