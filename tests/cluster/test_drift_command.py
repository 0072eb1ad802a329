"""An administrator sees what is not as intended, and pushes a template or what mends it."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

from cluster.servers.openbao import OpenBao
from db import backups
from db.backups import Asking, Text
from db.keyring import Keyring
from db.vault import Vault
from fleet.backups import Reason
from fleet.errors import BadInput
from routeros.export import normalise, parse
from tests.cluster.administrator import Run, add, done, only, refused
from tests.fixtures.database import Database

NORTH = ("--tenant", "north")
NOW = "# 2026-01-05 11:00:00 by RouterOS 7.20.6\n/system identity\nset name=gw-1\n"
TEMPLATE = """\
mode: merge
variables:
- name: part
  kind: string
text: |
  /system identity
  set name={{ device.name }}-{{ part }}
"""


def store(database: Database, openbao: OpenBao) -> None:
    device = only(database)
    asking = Asking(device.tenant_id, device.id, datetime(2026, 1, 5, tzinfo=UTC), Reason.HAND, "a test")
    text = Text(NOW.encode(), str(normalise(parse(NOW))).encode(), "7.20.6", (), "1-0", ())
    vault = Vault(openbao.url, openbao.role_id, openbao.secret_id)
    with backups.writing(database.stores) as session:
        backups.store(session, Keyring(vault), asking, text)


def test_drift_is_told_by_the_exit_status_and_mended(
    north: Run, database: Database, openbao: OpenBao, tmp_path: Path
) -> None:
    done(add(north, "--password-stdin"))
    assert "Nothing is intended" in done(north("config", "drift", *NORTH))
    store(database, openbao)
    file = tmp_path / "names.yaml"
    file.write_text(TEMPLATE)
    done(north("template", "add", "names", *NORTH, "--file", str(file)))
    begin = ("push", "begin", "core-1", *NORTH)
    by_template = (*begin, "--template", "names", "--set", "part=edge")
    step = "/system identity set name=core-1-edge"
    told = json.loads(done(north(*by_template, "--dry-run", "--json")))
    assert (told["lines"], told["foreseen"]) == ([step], True)
    assert "one thing" in refused(north(*by_template, "--drift"), BadInput).message
    assert "no template" in refused(north(*begin, "--drift", "--set", "part=x"), BadInput).message
    assert "Nothing is intended" in refused(north(*begin, "--drift"), BadInput).message
    done(north("template", "assign", "names", *NORTH, "--device", "core-1", "--set", "part=edge"))
    found = north("config", "drift", "core-1", *NORTH)
    assert (found.exit_code, "core-1 has 1 difference." in found.output, step in found.output) == (1, True, True)
    told = json.loads(north("config", "drift", *NORTH, "--json").stdout)
    assert [(one["state"], one["findings"]) for one in told] == [("drifted", 1)]
    pushed = json.loads(done(north(*begin, "--drift", "--json")))
    assert (pushed["source"], pushed["lines"]) == ("template", [step])
    (assignment,) = json.loads(done(north("template", "assignments", "names", *NORTH, "--json")))
    done(north("template", "release", "names", assignment["id"], *NORTH))
    done(north("template", "assign", "names", *NORTH, "--tag", "nobody", "--set", "part=x"))
    assert done(north("config", "drift", "core-1", *NORTH)).startswith("core-1 has nothing that is intended")


def test_who_a_template_is_for_is_said_once(north: Run) -> None:
    wanted = ("template", "assign", "names", *NORTH)
    assert "for whom" in refused(north(*wanted), BadInput).message
    assert "for whom" in refused(north(*wanted, "--tag", "a", "--device", "b"), BadInput).message
