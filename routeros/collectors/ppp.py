"""How many sessions of PPP are up, by service, from ``/ppp/active``.

That a concentrator lost its subscribers has to be known at once, so every poll asks, for one property alone. A row
for each session would be thousands of series that come and go with every dial-in, so there is none. What nobody dials
in to is left alone between the slow polls.
"""

from __future__ import annotations

from collections import Counter

from fleet.families import Cycle, Family, Field, Sample, Value
from routeros.collector import Collector, Reading, Replies
from routeros.words import Command

SERVICES = ("pppoe", "l2tp", "pptp", "sstp", "ovpn")

family = Family(
    "ppp",
    "PPP sessions",
    (
        Field("sessions", unit="sessions", title="Sessions"),
        Field("pppoe_sessions", unit="sessions", title="PPPoE sessions"),
        Field("l2tp_sessions", unit="sessions", title="L2TP sessions"),
        Field("pptp_sessions", unit="sessions", title="PPTP sessions"),
        Field("sstp_sessions", unit="sessions", title="SSTP sessions"),
        Field("ovpn_sessions", unit="sessions", title="OpenVPN sessions"),
    ),
)

command = Command("/ppp/active/print", ("service",))


def read(replies: Replies) -> Reading:
    """Count the sessions; where nobody has dialled in, that is 0 and not nothing."""
    rows = replies[0]
    if rows is None:
        return Reading()
    services = Counter([row.get("service", "") for row in rows])
    told: dict[str, Value] = {"sessions": len(rows)}
    told |= {f"{name}_sessions": services[name] for name in SERVICES}
    return Reading((Sample(told),))


def idle(replies: Replies) -> bool:
    """Tell whether nobody has dialled in."""
    return not replies[0]


collector = Collector("ppp", Cycle.FAST, (command,), family, read, idle=idle, rows=20_000)
