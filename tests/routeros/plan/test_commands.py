"""Console text is read as steps; what is no change of a configuration is refused with its line."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fleet.errors import BadInput
from routeros.plan import Operation, Row, Verb
from routeros.plan.commands import read
from tests.routeros.export.samples import THERE, WHY, document, exports

FILTER = "/ip/firewall/filter"


def test_each_verb_becomes_a_step() -> None:
    text = """\
/ip firewall filter
add chain=input action=accept comment="a b" place-before=[find comment=drop]
set [ find where comment=drop and chain="input" ] !protocol log=yes
unset [find comment=drop] dst-port
move [find comment=drop] destination=[find comment=first]
move [find comment=drop]
remove [:pick [find chain=input] 2]
/ip service disable ftp,telnet
/system identity set name=r1
/port set 0 name=serial0
/routing ospf interface-template add area=a passive
"""
    drop = Row({"comment": "drop"})
    assert read(text) == (
        Operation(Verb.ADD, FILTER, values={"chain": "input", "action": "accept", "comment": "a b"}, before=drop),
        Operation(Verb.SET, FILTER, Row({"comment": "drop", "chain": "input"}), {"log": "yes"}, ("protocol",)),
        Operation(Verb.UNSET, FILTER, drop, names=("dst-port",)),
        Operation(Verb.MOVE, FILTER, drop, before=Row({"comment": "first"})),
        Operation(Verb.MOVE, FILTER, drop),
        Operation(Verb.REMOVE, FILTER, Row({"chain": "input"}, 2)),
        Operation(Verb.SET, "/ip/service", Row({"name": "ftp"}), {"disabled": "yes"}),
        Operation(Verb.SET, "/ip/service", Row({"name": "telnet"}), {"disabled": "yes"}),
        Operation(Verb.SET, "/system/identity", Row(), {"name": "r1"}),
        Operation(Verb.SET, "/port", Row(nth=0), {"name": "serial0"}),
        Operation(Verb.ADD, "/routing/ospf/interface-template", values={"area": "a", "passive": "yes"}),
    )


@pytest.mark.parametrize(
    "line",
    [
        ":put 1",
        "/import file-name=a.rsc",
        "/system reboot",
        "/system script run x",
        "/ip address print",
        "/ip address add address=192.0.2.1/24 interface=ether1; /system reboot",
        "/ip address add address=$x interface=ether1",
        '/ip address add address=192.0.2.1/24 interface=ether1 comment="a $x"',
        "/ip address add address=[/system identity get name]",
        "/ip address remove [find]",
        "/ip address remove [find comment~x]",
        "/ip address remove",
        "/ip address remove 3",
        "/ip address remove *1A",
        "/ip address remove [find .id=*1A]",
        "/ip address add copy-from=[find comment=x]",
        '/ip address add comment="open',
        "address add address=192.0.2.1/24",
        "{ /ip address add address=192.0.2.1/24 }",
        "/user set [find name=[/system identity get name]] group=full",
        "/file remove x; :put y",
    ],
)
def test_anything_else_is_refused_with_its_line(line: str) -> None:
    with pytest.raises(BadInput, match="Line 3") as refused:
        read(f"# said by a person\n\n{line}\n")
    assert refused.value.next_step


@pytest.mark.skipif(not THERE, reason=WHY)
def test_every_command_of_a_real_export_is_a_step() -> None:
    for name, text in exports().items():
        assert len(read(text)) == len(list(document(name).commands)), name


WORD = st.from_regex(r"[a-z][a-z0-9-]{0,8}", fullmatch=True)
TEXT = st.text(st.characters(codec="utf-8"), max_size=12)
ROW = st.builds(Row, st.dictionaries(WORD, TEXT, min_size=1, max_size=3), st.integers(0, 3))


@given(ROW, st.dictionaries(WORD, TEXT, min_size=1), st.one_of(st.none(), ROW))
def test_what_a_step_writes_is_read_back_as_that_step(row: Row, values: dict[str, str], before: Row | None) -> None:
    menu = "/ip/firewall/filter"
    for step in (
        Operation(Verb.ADD, menu, values=values, before=before),
        Operation(Verb.SET, menu, row, values, ("protocol",)),
        Operation(Verb.UNSET, menu, row, names=("protocol",)),
        Operation(Verb.REMOVE, menu, row),
        Operation(Verb.MOVE, menu, row, before=before),
    ):
        assert read(step.line() + "\n") == (step,)
