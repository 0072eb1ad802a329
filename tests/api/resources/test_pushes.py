"""Pushes over REST: planned without asking the device, one where it is asked twice, refused for want of a word."""

from __future__ import annotations

from typing import Any

import psycopg
import pytest
from werkzeug.test import TestResponse

from db import configs
from db.pushjournal import Note, PushBook
from fleet.changes import Entry, PushState, Seen, Step
from fleet.identity import Role, Scope
from tests.fixtures.web import NOW, Web, home

NAME = "/system identity set name=after"
SECRET = "/snmp community set [find default=yes] authentication-password=hunter2hunter2"


def send(web: Web, method: str, path: str, body: object = None, *scopes: Scope) -> TestResponse:
    """Ask as a key; ``~`` is the tenant's own, ``@`` its first device."""
    place = path.replace("@", f"~/devices/{web.north.devices[0].id}").replace("~", home(web.north))
    more = {} if body is None else {"json": body}
    return web.client(web.key(web.north, *scopes)).open(place, method=method, **more)


def begin(web: Web, commands: str = NAME, **more: object) -> TestResponse:
    return send(web, "POST", "@/config", {"commands": commands, **more})


def stored(web: Web) -> list[Any]:
    with psycopg.connect(web.context.stores.url("flotilla_poller")) as poller:
        return poller.execute("SELECT sealed, override, reason FROM pushes").fetchall()


def test_a_plan_asks_nobody_and_keeps_nothing(web: Web) -> None:
    answer = send(web, "POST", "@/config/plan", {"commands": f"{NAME}\n/ip firewall filter add chain=input"})
    assert answer.status_code == 200
    told = answer.get_json()
    assert told["lines"] == [NAME, "/ip firewall filter add chain=input"]
    assert (told["source"], told["foreseen"], told["override_needed"]) == ("commands", False, False)
    assert (told["restore_point"], told["timer_seconds"]) == (True, 120)
    assert stored(web) == []


def test_a_push_is_asked_for_once_watched_and_cancelled(web: Web) -> None:
    answer = begin(web)
    assert answer.status_code == 202
    made = answer.get_json()
    assert answer.headers["Location"] == f"{home(web.north)}/pushes/{made['id']}"
    assert (made["state"], made["lines"], made["error"]) == ("pending", [NAME], None)
    assert begin(web).get_json()["id"] == made["id"]
    assert begin(web, "/system identity set name=other").get_json()["id"] != made["id"]
    place = f"~/pushes/{made['id']}"
    found = send(web, "GET", place).get_json()
    assert (found["steps"], found["over"], found["armed_until"]) == ([], False, None)
    assert [send(web, "DELETE", place).status_code for _ in range(2)] == [204, 409]
    assert send(web, "GET", place).get_json()["state"] == "cancelled"
    assert len(send(web, "GET", "~/pushes").get_json()["items"]) == 2


def test_every_step_is_told_and_what_is_for_the_machine_alone_is_not(web: Web) -> None:
    made = begin(web).get_json()
    book = PushBook(web.context.stores)
    book.entries(made["id"], 1)
    seen = Entry(Step.ARM, Seen.DONE, 0, {"armed_until": NOW.isoformat(), "before": "ab" * 32})
    for seq, entry in enumerate((Entry(Step.ARM), seen)):
        assert book.write(Note(made["id"], 1, seq, NOW, entry, PushState.PREPARING))
    found = send(web, "GET", f"~/pushes/{made['id']}").get_json()
    assert [(one["step"], one["seen"]) for one in found["steps"]] == [("arm", None), ("arm", "done")]
    assert found["steps"][1]["detail"] == {"armed_until": NOW.isoformat()}
    assert (found["state"], found["armed_until"]) == ("preparing", NOW.isoformat().replace("+00:00", "Z"))


def test_a_secret_is_sealed_and_nowhere_shown(web: Web) -> None:
    answer = begin(web, SECRET)
    assert answer.status_code == 202
    assert b"hunter2" not in answer.data
    ((sealed, _, _),) = stored(web)
    assert sealed.startswith("vault:")


@pytest.mark.parametrize(
    ("body", "word"),
    [
        ({}, "one thing"),
        ({"commands": NAME, "version": 1}, "one thing"),
        ({"commands": "/system reboot"}, "Line 1"),
        ({"desired": "/ip dns\nset servers=192.0.2.1\n"}, "never read"),
    ],
)
def test_what_cannot_be_pushed_is_said(web: Web, body: dict[str, object], word: str) -> None:
    answer = send(web, "POST", "@/config", body)
    assert answer.status_code == 422
    assert word in answer.get_json()["detail"]


EXPORT = b"""# 2026-01-05 11:00:00 by RouterOS 7.20.6
/ip service
set api disabled=no
set api-ssl disabled=yes
/ip dns
set servers=192.0.2.53
"""


def test_a_lock_out_that_is_foreseen_needs_a_persons_word(web: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(configs, "numbered", lambda *_: None)
    monkeypatch.setattr(configs, "text", lambda *_: EXPORT)
    cut = "/ip service set api disabled=yes"
    told = send(web, "POST", "@/config/plan", {"commands": cut}).get_json()
    assert (told["foreseen"], told["override_needed"], told["risks"][0]["kind"]) == (True, True, "service")
    refused = begin(web, cut)
    assert (refused.status_code, refused.get_json()["code"]) == (409, "lock_out")
    assert stored(web) == []
    word = {"name": "gw-1", "reason": "I stand beside it"}
    assert begin(web, cut, override=word).status_code == 403
    place = f"{home(web.north)}/devices/{web.north.devices[0].id}/config"
    made = web.program(web.north, Role.OPERATOR).post(place, json={"commands": cut, "override": word})
    assert (made.status_code, made.get_json()["override"], made.get_json()["reason"]) == (202, "gw-1", word["reason"])
    assert [row[1:] for row in stored(web)] == [("gw-1", word["reason"])]


def test_the_desired_state_of_a_menu_becomes_its_steps(web: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(configs, "numbered", lambda *_: None)
    monkeypatch.setattr(configs, "text", lambda *_: EXPORT)
    body = {"desired": "/ip dns\nset servers=192.0.2.1\n", "menus": ["/ip/dns"]}
    told = send(web, "POST", "@/config/plan", body).get_json()
    assert (told["source"], told["lines"]) == ("section", ["/ip dns set servers=192.0.2.1"])
    same = {"desired": "/ip dns\nset servers=192.0.2.53\n", "menus": ["/ip/dns"]}
    assert "nothing to change" in send(web, "POST", "@/config/plan", same).get_json()["detail"]


def test_a_name_that_several_rows_have_is_refused(web: Web) -> None:
    web.configuration(web.north, EXPORT + b"/ip pool\nadd name=a ranges=192.0.2.1\nadd name=b ranges=192.0.2.1\n")
    refused = begin(web, "/ip pool remove [find ranges=192.0.2.1]")
    assert (refused.status_code, refused.get_json()["code"]) == (422, "many_rows")
    assert stored(web) == []
    assert begin(web, "/ip pool remove [find name=a ranges=192.0.2.1]").status_code == 202


def test_reading_does_not_allow_pushing(web: Web) -> None:
    assert send(web, "POST", "@/config/plan", {"commands": NAME}, Scope.CONFIG_READ).status_code == 200
    assert send(web, "POST", "@/config", {"commands": NAME}, Scope.CONFIG_READ).status_code == 403
