"""Hostile input to every operation: never a fault, never a wait, one clear problem each."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import cycle, product

import pytest

from bench.attack import hostile
from bench.attack.document import Operation
from bench.attack.probes import Prober
from bench.attack.wire import Ask
from tests.attack.grounds import Ground

LONGEST = 4_000
"""What goes into an address: one of 64 KiB and more is no request any more, and refused before anyone reads it."""


def taking(ground: Ground) -> Iterator[Operation]:
    """Yield the operations that take a JSON body."""
    return (one for one in ground.document.operations if one.media == "application/json")


def wrong(ground: Ground, ask: Ask) -> str:
    """Ask as an administrator; tells what is wrong with the answer."""
    if said := hostile.proper(ground.south.admin.send(ground.wire, ask)):
        return f"{ask.method} {ask.path} {str((ask.ids, ask.query, ask.body))[:200]}: {said}"
    return ""


def test_a_hostile_text_in_any_place_is_a_text_or_a_problem(ground: Ground) -> None:
    prober, texts = Prober(ground.document, ground.south, ground.north), cycle(hostile.TEXTS)
    found = []
    for operation in ground.document.operations:
        for probe in prober.probes(operation):
            if probe.slot.place in ("path", "query", "body") and not probe.more and not operation.streams:
                text = next(texts)[: None if probe.slot.place == "body" else LONGEST]
                found.append(wrong(ground, prober.ask(replace(probe, value=text))))
    assert not any(found), "\n".join(filter(None, found))


def test_a_hostile_header_is_passed_over_or_refused(ground: Ground) -> None:
    texts = [text for text in hostile.TEXTS if text.isascii() and text.isprintable() and len(text) < 500]
    names = ("X-Request-ID", "Idempotency-Key", "If-Match", "If-None-Match", "Last-Event-ID", "Accept", "Origin",
             "X-Forwarded-For", "X-Forwarded-Host", "Accept-Language", "Range", "Cookie")  # fmt: skip
    (listed, *_) = [one for one in ground.document.operations if one.safe and one.path.endswith("/devices")]
    (made, *_) = [one for one in ground.document.operations if one.makes and one.path.endswith("/sites")]
    turns = zip(cycle(product(names, (listed, made))), texts * 3, strict=False)
    asks = [ground.ask(one).showing({name: text}) for (name, one), text in turns]
    assert not [said for ask in asks if (said := wrong(ground, ask))]


@pytest.mark.parametrize("body", hostile.ODD.values(), ids=hostile.ODD)
def test_an_odd_body_is_no_fault(ground: Ground, body: bytes) -> None:
    assert not [said for one in taking(ground) if (said := wrong(ground, replace(ground.ask(one), body=body)))]


@pytest.mark.parametrize("media", hostile.MEDIA)
def test_a_body_that_is_not_called_json_is_none(ground: Ground, media: str) -> None:
    for operation in taking(ground):
        ask = replace(ground.ask(operation).showing({"Content-Type": media}), body=b"{}")
        assert not wrong(ground, ask)


@pytest.mark.parametrize("body", hostile.BODIES.values(), ids=hostile.BODIES)
def test_a_malformed_body_is_one_clear_problem(ground: Ground, body: bytes) -> None:
    found = []
    for operation in taking(ground):
        reply = ground.south.admin.send(ground.wire, replace(ground.ask(operation), body=body))
        said = hostile.proper(reply) or ("" if reply.status >= 400 or body in (b"null", b"[]") else "taken")
        found += [f"{operation}: {said}"] if said else []
    assert not found, "\n".join(found)
