"""An administrator writes rules by options and by file, tries them on the past, and takes them away."""

from __future__ import annotations

import json
from pathlib import Path

from fleet.errors import BadInput, Conflict, NotFound
from tests.cluster.administrator import Run, add, done, refused

NORTH = ("--tenant", "north")
BUSY = ("--severity", "critical", "--when", "resource.cpu_load_ratio > 0.5", "--clear", "0.4", "--hold", "5m")


def test_a_rule_is_written_changed_tried_and_removed(north: Run, tmp_path: Path) -> None:
    done(add(north, "--password-stdin"))
    rule = ("alert", "rule")
    made = json.loads(done(north(*rule, "add", "busy", *NORTH, *BUSY, "--device", "core-1", "--json")))
    assert (made["severity"], made["hold_seconds"], made["scope"]["reach"]) == ("critical", 300, "device")
    assert made["condition"]["clear"] == 0.4
    refused(north(*rule, "add", "busy", *NORTH, *BUSY, "--device", "core-1"), Conflict)
    refused(north(*rule, "add", "other", *NORTH, *BUSY, "--device", "core-1", "--tag", "mast"), BadInput)
    refused(north(*rule, "add", "other", *NORTH, "--when", "resource.heat > 1", "--severity", "info"), BadInput)

    changed = json.loads(done(north(*rule, "edit", "busy", *NORTH, "--clear", "0.3", "--json")))
    assert (changed["condition"]["threshold"], changed["condition"]["clear"], changed["version"]) == (0.5, 0.3, 2)
    file = tmp_path / "rule.yaml"
    file.write_text(done(north(*rule, "show", "busy", *NORTH)))
    assert done(north(*rule, "edit", "busy", *NORTH, "--file", str(file))) == file.read_text()
    file.write_text(json.dumps(changed | {"scope": {"reach": "tenant"}}))
    wide = json.loads(done(north(*rule, "add", "busy", *NORTH, "--file", str(file), "--json")))
    refused(north(*rule, "show", "busy", *NORTH), BadInput)
    assert "enabled: false" in done(north(*rule, "disable", wide["id"], *NORTH))
    assert "enabled: true" in done(north(*rule, "enable", wide["id"], *NORTH))

    tried = json.loads(done(north(*rule, "test", made["id"], *NORTH, "--days", "1", "--when", "down", "--json")))
    assert (tried["days"], tried["devices"], tried["fired"], tried["firings"]) == (1, 1, 0, [])
    assert "0 times in 7 days" in done(north(*rule, "test", "new", *NORTH, "--file", str(file)))
    for one in (made, wide):
        done(north(*rule, "remove", one["id"], *NORTH))
    refused(north(*rule, "remove", "busy", *NORTH), NotFound)
