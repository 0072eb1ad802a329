"""What the mirror keeps is what the catalogue says, whole, and within its bounds."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path

import pytest

from fleet.errors import Conflict, NotFound, Unavailable
from fleet.firmware import MAIN, File
from fleet.versions import version
from routeros.depot import layout, packages, releases, source
from routeros.depot.mirror import LOCK, PART, Mirror
from tests.fixtures.depot import Shelf

OF = version("7.24.4")
PATH = "routeros/7.24.4/routeros-7.24.4-arm64.npk"


@pytest.fixture
def shelf() -> Shelf:
    return Shelf()


@pytest.fixture
def mirror(tmp_path: Path) -> Mirror:
    return Mirror(tmp_path / "mirror", 10_000)


@pytest.fixture
def file(shelf: Shelf) -> File:
    (found,) = releases.files(shelf, OF, [(MAIN, "arm64")])
    return found


def names(mirror: Mirror) -> list[str]:
    found = sorted(str(one.relative_to(mirror.root)) for one in mirror.root.rglob("*") if one.is_file())
    return [name for name in found if name != LOCK]


def test_a_file_comes_once_and_is_a_source_for_others(
    mirror: Mirror, shelf: Shelf, file: File, tmp_path: Path
) -> None:
    told: list[int] = []
    assert mirror.take(shelf, file, told.append)
    assert told[-1] == file.size
    assert not mirror.take(shelf, file)
    assert (mirror.holds(file), mirror.fault(file)) == (True, "")
    assert names(mirror) == [PATH, f"{PATH}.sha256"]
    assert mirror.versions() == [OF]
    with source.Folder(mirror.root) as folder:
        assert releases.files(folder, OF, [(MAIN, "arm64")]) == [file]
        assert Mirror(tmp_path / "second", 10_000).take(folder, file)


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (lambda whole: whole[:-1], "bytes, and should have"),
        (lambda whole: whole + b"x", "more than the"),
        (lambda whole: whole[:-1] + b"x", "SHA-256 is another"),
    ],
)
def test_what_is_not_as_the_catalogue_says_is_not_kept(
    mirror: Mirror, shelf: Shelf, file: File, content: object, why: str
) -> None:
    whole = shelf.downloads.content(PATH) or b""
    shelf.spoil(PATH, content(whole))  # type: ignore[operator]
    with pytest.raises(Unavailable, match=why):
        mirror.take(shelf, file)
    assert names(mirror) == []


def test_what_is_no_package_is_not_kept_though_its_checksum_fits(mirror: Mirror, shelf: Shelf) -> None:
    page = b"<html>Please sign in to this network</html>"
    shelf.spoil(PATH, page)
    shelf.spoil(f"{PATH}.sha256", hashlib.sha256(page).hexdigest().encode())
    (told,) = releases.files(shelf, OF, [(MAIN, "arm64")])
    with pytest.raises(Unavailable, match="does not begin as a package does"):
        mirror.take(shelf, told)
    assert names(mirror) == []


def test_the_mirror_takes_no_more_than_it_may(shelf: Shelf, file: File, tmp_path: Path) -> None:
    small = Mirror(tmp_path / "small", file.size - 1)
    with pytest.raises(Conflict, match="the mirror has room for"):
        small.take(shelf, file)
    assert names(small) == []


def test_what_a_killed_process_left_takes_no_room(mirror: Mirror, shelf: Shelf, file: File) -> None:
    folder = mirror.root / "routeros" / "7.24.4"
    folder.mkdir(parents=True)
    (folder / f"{PART}left").write_bytes(b"x" * 10_000)
    assert mirror.take(shelf, file)
    assert names(mirror) == [PATH, f"{PATH}.sha256"]


def test_two_do_not_change_it_at_once(mirror: Mirror, shelf: Shelf, file: File) -> None:
    def meanwhile(_: int) -> None:
        with pytest.raises(Conflict, match="somebody else"):
            Mirror(mirror.root, 10_000).drop(OF)

    assert mirror.take(shelf, file, meanwhile)
    assert mirror.holds(file)


def test_a_file_that_the_source_lost_is_named(mirror: Mirror, shelf: Shelf, file: File) -> None:
    with pytest.raises(NotFound, match=r"has no routeros/7\.24\.4/nothing-7\.24\.4-arm64\.npk"):
        mirror.take(shelf, replace(file, name="nothing-7.24.4-arm64.npk"))


def test_what_was_changed_afterwards_is_noticed_and_discarded(mirror: Mirror, shelf: Shelf, file: File) -> None:
    mirror.take(shelf, file)
    kept = mirror.root / PATH
    kept.write_bytes(packages.head(file.size - packages.HEAD_BYTES) + b"x" * (file.size - packages.HEAD_BYTES))
    assert mirror.holds(file)
    assert mirror.fault(file) == "its SHA-256 is another one"
    mirror.discard(file)
    assert (names(mirror), mirror.fault(file)) == ([], "it is not there")


def test_a_version_goes_whole(mirror: Mirror, shelf: Shelf, file: File) -> None:
    mirror.take(shelf, file)
    mirror.describe(OF, "What's new")
    used = mirror.used()
    for one in releases.pointers(shelf).found:
        mirror.point(one)
    assert mirror.drop(OF) == used
    assert mirror.versions() == []
    assert "routeros/NEWESTa7.stable" not in names(mirror)
    assert "routeros/NEWESTa7.long-term" in names(mirror)
    assert mirror.drop(OF) == 0


def test_nothing_beside_it_is_found(mirror: Mirror, shelf: Shelf, file: File, tmp_path: Path) -> None:
    mirror.take(shelf, file)
    secret = tmp_path / "secret.npk"
    secret.write_text("secret")
    folder = mirror.root / "routeros" / "7.24.4"
    (folder / "leak.npk").symlink_to(secret)
    (mirror.root / "routeros" / "7.24").symlink_to(folder)
    (mirror.root / "routeros" / "6.1").symlink_to(tmp_path)
    for path in ("7.24.4/leak.npk", "6.1/secret.npk", "7.24/routeros-7.24.4-arm64.npk", "7.24.4/../../../secret.npk"):
        assert mirror.find(f"{layout.ROOT}/{path}") is None, path
    assert mirror.find(PATH) == mirror.root / PATH
