"""Whatever is said to a router, it answers, refuses or hangs up; and it can be spoken to afterwards."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from routeros.simulator.device.model import PERSONAS
from routeros.simulator.doors.wire import encode
from routeros.simulator.tree import every
from tests.routeros.simulator.desk import Desk

PATHS = sorted({menu.path for menu in every()})
RESTARTS = {"reboot", "shutdown", "downgrade", "apply-changes", "install"}
VERBS = sorted({verb for menu in every() for verb in menu.verbs} - {"listen"} - RESTARTS | {"move", ""})
NAMES = [
    *sorted({name for menu in every() for name in (*menu.writable, *menu.fields)}),
    ".id", "numbers", "number", "value-name", ".proplist", "from", "once", "interface", "count-only", "x",
]  # fmt: skip
VALUES = st.one_of(
    st.text(max_size=20),
    st.sampled_from(["*1", "*2", "ether1", "bridge", "*1,*2", "yes", "no", "1500", "10.0.0.1/24", "name", "-1", "²"]),
)
ATTRIBUTES = st.builds("={}={}".format, st.sampled_from(NAMES), VALUES)
QUERIES = st.builds("?{}".format, st.one_of(VALUES, st.sampled_from(["#|", "#!&", "name=bridge", ">mtu=5", "-x"])))
MONITORS = ("monitor", "monitor-traffic", "update", "check-for-updates", "download")


@pytest.mark.parametrize("persona", sorted(PERSONAS))
@settings(max_examples=60, deadline=None)
@given(st.data())
def test_every_command_is_answered_once(persona: str, data: st.DataObject) -> None:
    desk = Desk(persona)
    for _ in range(data.draw(st.integers(1, 5))):
        verb = data.draw(st.sampled_from(VERBS))
        command = f"{data.draw(st.sampled_from(PATHS))}/{verb}"
        more = data.draw(st.lists(st.one_of(ATTRIBUTES, QUERIES), max_size=5))
        answers = desk.ask(command, *more, *(["=once="] if verb in MONITORS else []))
        assert [word for word, _ in answers].count("!done") == 1
        assert answers[-1][0] == "!done"
    assert desk.rows("/system/resource/print")
    assert desk.rows("/interface/print")


@settings(max_examples=200, deadline=None)
@given(st.lists(st.binary(max_size=60), max_size=6))
def test_any_bytes_are_answered_or_end_the_session(pieces: list[bytes]) -> None:
    desk = Desk()
    for piece in pieces:
        desk.send(piece)
    if not desk.paper.end:
        desk.send(b"\0" * 100_000)
    assert desk.paper.end in ("", "closed", "aborted")
    again = Desk(router=desk.router)
    assert again.send(encode(["/system/identity/print"]))
