"""The loader of folders."""

import sys
from pathlib import Path

import pytest

from fleet import plugins


def test_members_are_found_once_and_in_order(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "a_folder"
    folder.mkdir()
    (folder / "__init__.py").touch()
    (folder / "zulu.py").write_text("from a_folder.alpha import ONE\nTWO = 2\n")
    (folder / "alpha.py").write_text("ONE = 1\nNAME = 'not a number'\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    assert list(plugins.discover("a_folder", int)) == [1, 2]


def test_a_folder_s_members_count_and_one_that_is_named_is_imported_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    inner = tmp_path / "c_folder" / "one"
    inner.mkdir(parents=True)
    (tmp_path / "c_folder" / "__init__.py").touch()
    (tmp_path / "c_folder" / "bad.py").write_text("import no_such_module_anywhere\n")
    (inner / "__init__.py").write_text("ONE = 1\n")
    (inner / "more.py").write_text("from c_folder.one import ONE\nTWO = 2\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    assert list(plugins.discover("c_folder", int, "one")) == [1, 2]
    with pytest.raises(ImportError):
        list(plugins.discover("c_folder", int, "two"))


def test_a_broken_member_is_a_fault(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "b_folder"
    folder.mkdir()
    (folder / "__init__.py").touch()
    (folder / "bad.py").write_text("import no_such_module_anywhere\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    with pytest.raises(ImportError):
        list(plugins.discover("b_folder", int))
    sys.modules.pop("b_folder", None)
