"""Which interfaces carry what another one of their device carries already: a sum over all would count it twice."""

from __future__ import annotations

from typing import Any

from sqlalchemy import FromClause, String, exists, not_, select
from sqlalchemy.sql.elements import ColumnElement

from db.stocktables import inventory

KIND, LABEL = "interfaces", "interface"

UPON = (
    *("bridge", "bond", "vlan", "macvlan", "vxlan", "vrrp", "vpls", "veth", "loopback", "wg", "traffic-eng"),
    *("eoip-tunnel", "gre-tunnel", "ipip-tunnel", "6to4-tunnel", "eoipv6-tunnel", "gre6-tunnel", "ipipv6-tunnel"),
    *(f"{name}-{end}" for name in ("pppoe", "pptp", "l2tp", "sstp", "ovpn") for end in ("in", "out")),
)
"""Types of interfaces that stand upon others: what they carry goes through a port, a radio or a modem as well."""

DYNAMIC = "<%"
"""How RouterOS names what it makes for a client that dials in; the inventory leaves these out."""


def once(view: FromClause) -> ColumnElement[bool]:
    """Leave out the rows of interfaces that stand upon others; of an unknown one nothing is known against it."""
    facts: ColumnElement[Any] = inventory.c.facts
    upon = exists(
        select(inventory.c.key).where(
            inventory.c.device_id == view.c.device_id,
            inventory.c.kind == KIND,
            inventory.c.key == view.c[LABEL],
            inventory.c.gone_at.is_(None),
            facts["type"].astext.in_(UPON),
        )
    )
    return not_(upon) & view.c[LABEL].cast(String).not_like(DYNAMIC)
