"""A poll reaches whoever listens, while it happens, over the real servers."""

from __future__ import annotations

import itertools
from dataclasses import replace

import flotilla
from api.streams import place
from tests.fixtures.demo import Running


def test_polls_are_heard_as_they_happen(running: Running) -> None:
    with flotilla.Client(running.url, running.key) as client:
        heard = list(itertools.islice(client.events(), 24))
        mine = set(client.devices().index)
    assert {str(event.data["device_id"]) for event in heard} <= mine
    assert {event.data["tenant_id"] for event in heard} == {str(running.tenant.id)}
    assert len({event.data["event_id"] for event in heard}) == len(heard)
    measured = next(e.data for e in heard if e.topic == "metric_update" and "resource" in e.data["families"])
    assert 0 <= measured["families"]["resource"][0]["values"]["cpu_load_ratio"] <= 1


def test_what_was_news_is_told_again(running: Running) -> None:
    """A status is told where it is news: those of the first polls, to one who was away since the beginning."""
    with flotilla.Client(running.url, running.key) as client:
        now = place.read(next(client.events(["metric_update"])).id)
        assert now is not None
        began = replace(now, sequences=(0,) * len(now.sequences))
        events = client.events(["device_status"], last_event_id=str(began))
        told = list(itertools.islice(events, 8))
        mine = set(client.devices().index)
    assert {event.topic for event in told} == {"device_status"}
    assert {str(event.data["device_id"]) for event in told} <= mine
