"""Small configurations, and routers on which steps are done to them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from hypothesis import strategies as st

from routeros.plan import Operation
from routeros.simulator.console import execute
from routeros.simulator.exporting import Style, export
from routeros.simulator.parts.reset import wipe
from routeros.simulator.router import Router
from tests.routeros.simulator.desk import Desk

ETHERS = ("ether2", "ether3", "ether4")
BRIDGES = ("bridge1", "bridge2")
COMMENTS = st.sampled_from(("", " comment=one", ' comment="two \\$x \\"q\\""'))


def blank(persona: str) -> Router:
    """A router of a persona without configuration."""
    desk = Desk(persona)
    wipe(desk.router, bare=True, keep_users=True)
    return desk.router


def run(router: Router, text: str) -> None:
    """Run console text; what is refused fails the test."""
    printed = execute(router, None, text)
    assert not printed.failed, f"{printed.error} {printed.place}\n{text}"


def perform(router: Router, steps: Iterable[Operation]) -> None:
    """Do steps one after the other, as their lines."""
    for step in steps:
        run(router, step.line())


def body(router: Router) -> str:
    """The export of a router without its header."""
    return re.sub(r"^#.*\n", "", export(router, Style(sensitive=True)), flags=re.MULTILINE)


def chosen(lines: Sequence[str]) -> st.SearchStrategy[list[str]]:
    """Some of these lines, each at most once."""
    return st.lists(st.sampled_from(lines), unique=True, max_size=len(lines))


@st.composite
def rules(draw: st.DrawFn, menu: str, chains: Sequence[str], actions: Sequence[str]) -> list[str]:
    """Rules of a firewall in some order; some are alike."""
    rule = st.builds(
        lambda chain, action, match, comment: f"{menu} add chain={chain} action={action}{match}{comment}",
        st.sampled_from(chains),
        st.sampled_from(actions),
        st.sampled_from(
            ("", " protocol=tcp dst-port=22", " protocol=icmp", " src-address=192.0.2.0/24 disabled=yes")
        ),
        COMMENTS,
    )
    return draw(st.lists(rule, max_size=5))


@st.composite
def worlds(draw: st.DrawFn) -> str:
    """Console text that makes a configuration: what names what is there before it."""
    lines = draw(chosen([f"/interface ethernet set [find default-name={e}] mtu=9000" for e in ETHERS]))
    names = {e: draw(st.sampled_from((e, f"{e}-x"))) for e in ETHERS}
    lines += [f"/interface ethernet set [find default-name={e}] name={n}" for e, n in names.items() if n != e]
    bridges = draw(st.lists(st.sampled_from(BRIDGES), unique=True))
    for bridge in bridges:
        lines.append(f"/interface bridge add name={bridge} pvid={draw(st.integers(1, 3))}{draw(COMMENTS)}")
    vlans = draw(
        st.lists(st.tuples(st.sampled_from(("v1", "v2", "v3")), st.sampled_from((10, 20))), unique_by=lambda v: v[0])
    )
    for name, number in vlans:
        on = draw(st.sampled_from([*bridges, names["ether2"]]))
        lines.append(f"/interface vlan add name={name} vlan-id={number + int(name[1])} interface={on}")
    ports = [names[e] for e in draw(st.lists(st.sampled_from(ETHERS), unique=True))] if bridges else []
    lines += [f"/interface bridge port add bridge={draw(st.sampled_from(bridges))} interface={p}" for p in ports]
    lists = draw(st.lists(st.sampled_from(("WAN", "LAN")), unique=True))
    lines += [f"/interface list add name={name}{draw(COMMENTS)}" for name in lists]
    faces = [*names.values(), *bridges, *(name for name, _ in vlans)]
    members = (
        draw(st.lists(st.tuples(st.sampled_from(lists), st.sampled_from(faces)), unique=True, max_size=3))
        if lists
        else []
    )
    lines += [f"/interface list member add list={to} interface={face}" for to, face in members]
    for n in draw(st.lists(st.integers(1, 4), unique=True)):
        lines.append(
            f"/ip address add address=192.0.2.{n}/24 interface={draw(st.sampled_from(faces))}{draw(COMMENTS)}"
        )
    lines += draw(rest(faces))
    return "\n".join(lines) + "\n"


@st.composite
def rest(draw: st.DrawFn, faces: Sequence[str]) -> list[str]:
    """What comes behind the interfaces."""
    lines: list[str] = []
    if draw(st.booleans()):
        lines.append(f"/ip pool add name=pool1 ranges=192.0.2.{draw(st.sampled_from((50, 60)))}-192.0.2.99")
        lines.append(f"/ip dhcp-server add name=dhcp1 address-pool=pool1 interface={draw(st.sampled_from(faces))}")
    lines += draw(
        chosen(["/ip dns set servers=192.0.2.9", "/system identity set name=r1", "/ip service set ftp disabled=yes"])
    )
    entries = st.tuples(st.sampled_from(("a", "b")), st.sampled_from(("192.0.2.7", "198.51.100.0/24")))
    for name, address in draw(st.lists(entries, unique=True)):
        lines.append(f"/ip firewall address-list add list={name} address={address}{draw(COMMENTS)}")
    lines += draw(rules("/ip firewall filter", ("input", "forward"), ("accept", "drop")))
    lines += draw(rules("/ip firewall nat", ("srcnat",), ("masquerade", "accept")))
    for name in draw(st.permutations(("q1", "q2", "q3")))[: draw(st.integers(0, 3))]:
        lines.append(
            f"/queue simple add name={name} target=192.0.2.0/24 max-limit={draw(st.sampled_from(('1M/1M', '2M/2M')))}"
        )
    return lines
