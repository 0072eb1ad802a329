"""``/import`` and ``/execute``: what is applied, what is not, and what is said."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from routeros.simulator.console import execute
from routeros.simulator.device.model import Model
from routeros.simulator.parts.files import Files
from routeros.simulator.router import Router
from tests.routeros.simulator.desk import PASSWORD, Desk

PROBE = Path(__file__).parents[5] / "shared" / "data" / "api_captures" / "mikrodash_probe_7.24.4.json"

VALID = "".join(f"/ip/dns/static add name=probe-{n}.test address=192.0.2.{n}\n" for n in range(1, 4))
FAILING = (
    "/interface list add name=probe\n/interface list add name=other\n"
    "/ip address add address=192.0.2.1/32 interface=lo\n"
    "/ip address add address=192.0.2.2/32 interface=lo\n/interface/list/member add interface=lo list=nowhere\n"
    + VALID
)
UNREADABLE = VALID + '/ip/dns/static add name="probe-unterminated\n' + "".join(VALID.splitlines(keepends=True)[:2])


@pytest.fixture
def desk() -> Desk:
    """A CHR of the version of the captures."""
    model = next(m for m in (Model(1, n, ("chr",)) for n in range(200)) if str(m.version) == "7.24.4")
    clock, hands = Desk("chr").clock, Desk("chr").hands
    desk = Desk(router=Router(model, clock, PASSWORD, "admin", hands))
    write = desk.router.part(Files).write
    for name, text in (("valid", VALID), ("rterr", FAILING), ("synerr", UNREADABLE)):
        write(f"{name}.rsc", text.encode())
    return desk


def names(desk: Desk) -> list[str]:
    return [row["name"] for row in desk.rows("/ip/dns/static/print") if row["name"].startswith("probe-")]


def steps() -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(PROBE.read_text())["steps"]
    known = ("valid", "rterr", "synerr", "nope")
    return [step for step in found if step["path"] == "/import" and any(k in step["args"][0] for k in known)]


@pytest.mark.skipif(not PROBE.is_file(), reason="the captures of ../shared/data are not here")
def test_each_import_of_the_captures_is_answered_in_the_same_words(desk: Desk) -> None:
    assert len(steps()) == 7
    for step in steps():
        words = desk.ask(step["path"], *step["args"])
        if "done" in step:
            assert words == [("!done", step["done"])]
        else:
            assert words[0] == ("!trap", {"message": step["trap"]})
        for id in [row[".id"] for row in desk.rows("/ip/address/print") if row["address"].startswith("192.0.2.")]:
            desk.rows("/ip/address/remove", f"=.id={id}")
        for name in ("probe", "other"):
            desk.ask("/interface/list/remove", f"=.id={name}")


def test_an_import_applies_all_its_lines(desk: Desk) -> None:
    assert desk.ask("/import", "=file-name=valid.rsc") == [("!done", {"ret": "true"})]
    assert names(desk) == ["probe-1.test", "probe-2.test", "probe-3.test"]


def test_what_came_before_a_failing_line_stays_and_what_follows_is_not_done(desk: Desk) -> None:
    trap = desk.trap("/import", "=file-name=rterr.rsc")
    assert trap["message"].endswith("(/interface/list/member/add (list); line 5)")
    lists = [row["name"] for row in desk.rows("/interface/list/print")]
    assert {"probe", "other"} <= set(lists)
    assert names(desk) == []


def test_nothing_of_a_text_that_cannot_be_read_is_applied(desk: Desk) -> None:
    assert desk.trap("/import", "=file-name=synerr.rsc")["message"].startswith(
        "Script Error: expected name value (line"
    )
    assert names(desk) == []


def test_a_dry_run_applies_nothing_and_does_not_see_what_would_fail(desk: Desk) -> None:
    for name in ("valid", "rterr"):
        said = ["=verbose=yes", "=dry-run="]
        assert desk.ask("/import", f"=file-name={name}.rsc", *said) == [("!done", {"ret": "true"})]
    assert names(desk) == []
    assert "dry-run" in desk.trap("/import", "=file-name=valid.rsc", "=dry-run=")["message"]


def test_a_dry_run_came_with_7_16() -> None:
    desk = Desk("hap_ac_lite")
    desk.router.part(Files).write("a.rsc", b"/system identity set name=x\n")
    assert desk.trap("/import", "=file-name=a.rsc", "=verbose=yes", "=dry-run=")["message"] == (
        "unknown parameter dry-run"
    )
    assert desk.ask("/import", "=file-name=a.rsc") == [("!done", {"ret": "true"})]


def test_an_import_may_begin_at_a_line_and_in_the_menu_gone_to_before_it(desk: Desk) -> None:
    text = "/ip dns static\r\nadd name=probe-1.test address=192.0.2.1\r\nadd name=probe-2.test address=192.0.2.2\r\n"
    desk.router.part(Files).write("part.rsc", text.encode())
    desk.ask("/import", "=file-name=part.rsc", "=verbose=yes", "=from-line=3")
    assert names(desk) == ["probe-2.test"]


def test_the_console_tells_how_an_import_went(desk: Desk) -> None:
    router = desk.router
    router.part(Files).write("put.rsc", b":put hello\n")
    assert execute(router, None, "/import put.rsc").text == "hello\n\nScript file loaded and executed successfully\n"
    failed = execute(router, None, "/import file-name=rterr.rsc")
    assert failed.failed
    assert failed.text.splitlines()[-1].startswith("Script Error: input does not match any value of list (/interface")
    assert execute(router, None, "/import nope.rsc").error == "Cannot open import file, file does not exist"
    assert execute(router, None, "/import valid.rsc verbose=yes dry-run").failed is False
    assert names(desk) == []


def test_a_file_that_imports_itself_ends(desk: Desk) -> None:
    desk.router.part(Files).write("loop.rsc", b"/import loop.rsc\n")
    assert execute(desk.router, None, "/import loop.rsc").failed


def test_a_job_writes_what_it_prints_to_a_file_or_returns_it(desk: Desk) -> None:
    ((_, done),) = desk.ask("/execute", "=script=:put [/system identity get name]", "=file=out")
    assert done["ret"].startswith("*")
    assert desk.router.part(Files).read("out.txt").decode() == f"{desk.router.model.identity}\r\n"
    assert desk.ask("/execute", "=script=:put 1", "=as-string=no") == [("!done", {"ret": "1"})]
    assert desk.trap("/execute")["message"] == "missing value for argument script"
