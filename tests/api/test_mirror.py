"""The mirror's door: whole and in part, to anyone, and nothing beside what it keeps."""

from __future__ import annotations

from dataclasses import replace

import pytest
from flask.testing import FlaskClient

from api.app import create_app
from api.mirror import EXTENSION
from fleet.firmware import MAIN
from fleet.versions import version
from routeros.depot import releases
from routeros.depot.mirror import Mirror
from tests.fixtures.depot import Shelf
from tests.fixtures.web import Web

PATH = "/firmware/routeros/7.24.4/routeros-7.24.4-arm64.npk"


@pytest.fixture(scope="module")
def door(shared_web: Web, tmp_path_factory: pytest.TempPathFactory) -> FlaskClient:
    """A client of an application whose mirror keeps one package."""
    root, shelf = tmp_path_factory.mktemp("mirror"), Shelf()
    asked = shared_web.context.settings.model_copy(update={"firmware_mirror": str(root)})
    (file,) = releases.files(shelf, version("7.24.4"), [(MAIN, "arm64")])
    mirror = Mirror.of(asked)
    mirror.take(shelf, file)
    mirror.point(releases.pointers(shelf).found[0])
    (root / "secret.npk").write_text("secret")
    (root / "routeros" / "notes.txt").write_text("secret")
    return create_app(replace(shared_web.context, settings=asked), only=[]).test_client()


def kept() -> bytes:
    return Shelf().downloads.content(PATH.removeprefix("/firmware/")) or b""


def test_a_device_reads_a_package_whole(door: FlaskClient) -> None:
    answer = door.get(PATH)
    assert (answer.status_code, answer.data) == (200, kept())
    assert answer.headers["Content-Length"] == str(len(kept()))
    assert answer.headers["Cache-Control"] == "public, max-age=86400"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert door.get(f"{PATH}.sha256").text.endswith("  routeros-7.24.4-arm64.npk\n")


def test_a_download_goes_on_where_it_broke_off(door: FlaskClient) -> None:
    answer = door.get(PATH, headers={"Range": "bytes=10-19"})
    assert (answer.status_code, answer.data) == (206, kept()[10:20])
    assert answer.headers["Content-Range"] == f"bytes 10-19/{len(kept())}"
    assert door.get(PATH, headers={"Range": "bytes=10-"}).data == kept()[10:]
    assert door.get(PATH, headers={"Range": "bytes=99999-"}).status_code == 416


def test_what_is_known_already_is_not_sent_again(door: FlaskClient) -> None:
    tag = door.get(PATH).headers["ETag"]
    again = door.get(PATH, headers={"If-None-Match": tag})
    assert (again.status_code, again.data) == (304, b"")
    bare = door.head(PATH)
    assert (bare.status_code, bare.data, bare.headers["Content-Length"]) == (200, b"", str(len(kept())))


def test_a_channel_of_the_mirror_is_never_kept_by_caches(door: FlaskClient) -> None:
    answer = door.get("/firmware/routeros/NEWESTa7.long-term")
    assert answer.text.startswith("7.23.7 ")
    assert answer.headers["Cache-Control"] == "no-cache"


@pytest.mark.parametrize(
    "path",
    [
        "routeros/",
        "routeros/7.24.4/",
        "routeros/notes.txt",
        "secret.npk",
        "routeros/../secret.npk",
        "routeros/..%2fsecret.npk",
        "routeros/7.24.4/..%2f..%2fsecret.npk",
        "routeros/%2e%2e/secret.npk",
        "routeros/7.24.4/routeros-7.24.4-arm64.npk%00",
        "routeros/7.24.4/routeros-7.24.4-mipsbe.npk",
        "//etc/passwd",
    ],
)
def test_nothing_else_is_there(door: FlaskClient, path: str) -> None:
    answer = door.get(f"/firmware/{path}")
    assert answer.status_code in (308, 404), path
    assert b"secret" not in answer.data
    assert door.post(PATH).status_code == 405


def test_only_so_many_download_at_once(door: FlaskClient) -> None:
    slots = door.application.extensions[EXTENSION]
    held = 0
    while slots.acquire(blocking=False):
        held += 1
    assert held == 8
    assert door.get(PATH).status_code == 429
    for _ in range(held):
        slots.release()
    assert door.get(PATH).status_code == 200
