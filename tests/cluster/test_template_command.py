"""An administrator makes, edits, previews and removes templates."""

from __future__ import annotations

import json
from pathlib import Path

from fleet.errors import BadInput
from tests.cluster.administrator import Run, add, done, refused

NORTH = ("--tenant", "north")
TEXT = """\
about: What it is called.
mode: merge
variables:
- name: part
  kind: string
  about: Which part.
- name: key
  kind: secret
text: |
  /system identity
  set name={{ device.name }}-{{ part }}
  /ppp secret
  add name=a password={{ key }}
"""


def test_a_template_is_made_shown_edited_previewed_and_removed(north: Run, tmp_path: Path) -> None:
    file = tmp_path / "names.yaml"
    file.write_text(TEXT)
    done(add(north, "--password-stdin"))
    assert done(north("template", "add", "names", *NORTH, "--file", str(file))) == "names is a template of north.\n"
    shown = done(north("template", "show", "names", *NORTH))
    assert "set name={{ device.name }}-{{ part }}\n" in shown
    file.write_text(shown)
    assert "as it was" in done(north("template", "edit", "names", *NORTH, "--file", str(file)))
    file.write_text(shown.replace("name=a", "name=b"))
    said = json.loads(done(north("template", "edit", "names", *NORTH, "--file", str(file), "--json")))
    assert (said["version"], said["changed"]) == (2, True)
    wanted = ("template", "preview", "names", *NORTH, "--device", "core-1", "--set", "part=x y")
    text = done(north(*wanted))
    assert 'set name="core-1-x y"' in text
    assert "add name=b password=*****" in text
    assert "add name=a" in done(north(*wanted, "--version", "1"))
    assert "no value" in refused(north(*wanted[:-2]), BadInput).message
    assert "--yes" in refused(north("template", "remove", "names", *NORTH), BadInput).next_step
    done(north("template", "remove", "names", *NORTH, "--yes"))
    assert json.loads(done(north("template", "list", *NORTH, "--json"))) == []


def test_a_starter_is_made_ones_own(north: Run) -> None:
    done(north("template", "add", "walls", *NORTH, "--starter", "firewall"))
    (row,) = json.loads(done(north("template", "list", *NORTH, "--json")))
    assert (row["name"], row["version"], row["mode"]) == ("walls", 1, "whole")
    assert "firewall" in done(north("template", "list", *NORTH))
    wrong = refused(north("template", "add", "x", *NORTH, "--starter", "none"), BadInput)
    assert "basic-router" in wrong.next_step
    assert "--file or --starter" in refused(north("template", "add", "x", *NORTH), BadInput).next_step
