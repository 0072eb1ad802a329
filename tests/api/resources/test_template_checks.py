"""Checking the text of a template that is not saved."""

from __future__ import annotations

from typing import Any

from tests.fixtures.web import Web, home

TEXT = '/system note\nset note="{{ note }} of {{ device.name }}"\n'
VARIABLES = [{"name": "note", "kind": "string"}]


def check(web: Web, **more: Any) -> Any:
    body = {"text": TEXT, "variables": VARIABLES, **more}
    return web.client(web.key(web.north)).post(f"{home(web.north)}/template-check", json=body)


def test_a_text_is_written_for_devices_and_not_saved(shared_web: Web) -> None:
    device = shared_web.north.devices[0]
    answer = check(shared_web, devices=[str(device.id)], values={"note": "kept"})
    assert answer.status_code == 200, answer.text
    (item,) = answer.json["items"]
    assert f"kept of {device.name}" in item["text"]
    assert shared_web.get("~/templates", shared_web.north).json["items"] == []


def test_what_cannot_be_used_or_written_is_told(shared_web: Web) -> None:
    odd = check(shared_web, text="set note={{ other }}")
    assert odd.status_code in (400, 422)
    assert odd.json["next_step"]
    (item,) = check(shared_web, devices=[str(shared_web.north.devices[0].id)]).json["items"]
    assert item["text"] is None
    assert "note" in item["error"]


def test_a_strangers_device_is_not_there(shared_web: Web) -> None:
    stranger = shared_web.south.devices[0]
    assert check(shared_web, devices=[str(stranger.id)], values={"note": "x"}).status_code == 404
