"""A plan's steps, done by the API: rows are found by their properties, and what they mean is done in one sentence."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from routeros.client import Client
from routeros.errors import Category, Trap
from routeros.export import parse
from routeros.export.normal import same
from routeros.plan import Plan, commands, plan
from routeros.plan.several import ManyRows
from routeros.push import rows
from routeros.push.line import Line
from routeros.simulator.doors.wire import Call
from routeros.simulator.outcome import Refused, Reply
from routeros.simulator.router import Router
from routeros.simulator.tree import run as told
from routeros.words import Command, Row
from tests.routeros.plan.worlds import blank, body, run, worlds


class Near:
    """A client without a wire: each command is asked of the router itself."""

    def __init__(self, router: Router) -> None:
        self.router = router

    async def call(self, command: Command, *, timeout: timedelta) -> list[Row]:
        menu, _, verb = command.menu.rpartition("/")
        listed = {".proplist": ",".join(command.properties)} if command.properties else {}
        queries = tuple(query[1:] for query in command.queries)
        try:
            outcome = told(self.router, Call(menu, verb, {**listed, **command.attributes}, queries))
        except Refused as refused:
            raise Trap(Category.ARGUMENT, refused.message, menu=menu) from refused
        assert isinstance(outcome, Reply)
        return list(outcome.rows) if outcome.returned is None else [{"ret": outcome.returned}]


def perform(router: Router, found: Plan, *, back: bool = False) -> None:
    """Do a plan's steps, or those that take it back."""
    line = Line(cast(Client, Near(router)), lambda: True)

    async def each() -> None:
        for step in found.undo if back else found.operations:
            await rows.apply(line, step)

    asyncio.run(each())


@settings(max_examples=12, deadline=None)
@given(st.sampled_from(("ccr2004", "hap_ac_lite")), worlds(), worlds())
def test_a_plan_is_done_by_the_api_and_taken_back(persona: str, one: str, other: str) -> None:
    router, target = blank(persona), blank(persona)
    run(router, one)
    run(target, other)
    before, wanted = body(router), body(target)
    found = plan(parse(before), parse(wanted))
    perform(router, found)
    assert same(parse(body(router)), parse(wanted))
    perform(router, found, back=True)
    assert same(parse(body(router)), parse(before))


def test_what_a_rule_loses_and_gets_goes_in_one_sentence() -> None:
    router = blank("ccr2004")
    run(router, "/ip firewall filter add chain=input action=drop comment=x in-interface=ether1")
    wanted = "/ip firewall filter\nadd action=drop chain=input comment=x src-address=192.0.2.1\n"
    found = plan(parse(body(router)), parse(wanted), {"/ip/firewall/filter"})
    assert len(found.operations) == 1
    perform(router, found)
    assert not plan(parse(body(router)), parse(wanted), {"/ip/firewall/filter"})


def test_a_name_that_several_rows_have_is_refused_and_its_place_is_not() -> None:
    router = blank("ccr2004")
    for comment in ("a", "b"):
        run(router, f"/ip firewall filter add chain=input action=drop comment={comment}")
    before, line = body(router), Line(cast(Client, Near(router)), lambda: True)
    (all_,) = commands.read("/ip firewall filter remove [find chain=input]")
    with pytest.raises(ManyRows, match="2 rows"):
        asyncio.run(rows.apply(line, all_))
    assert body(router) == before
    (first,) = commands.read("/ip firewall filter remove [:pick [find chain=input] 0]")
    asyncio.run(rows.apply(line, first))
    assert "comment=a" not in body(router)
    assert "comment=b" in body(router)
