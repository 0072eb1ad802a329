"""What the device offers and to whom, from ``/ip/service``; connections that live (rows from 7.24 on) are none."""

from __future__ import annotations

from routeros.collector import Reading, Replies
from routeros.facts import count, flag, rows_of, sheet, word
from routeros.words import Command

services = sheet(
    "services",
    "Services",
    (
        word("name", "The service: api, api-ssl, ftp, ssh, telnet, winbox, www, www-ssl."),
        count("port", "Its port."),
        word("protocol", "Its protocol.", "proto"),
        flag("disabled", "Whether it is switched off."),
        flag("invalid", "Whether it cannot work: it has no certificate."),
        word("address", "From where it may be used; empty: from anywhere.", "available-from", "address"),
        word("certificate", "Its certificate, by name."),
        word("tls_version", "Which versions of TLS it takes."),
        word("vrf", "The VRF in which it listens."),
        count("max_sessions", "How many sessions it takes at once."),
    ),
    key=("name",),
    most=200,
)

command = Command("/ip/service/print", (*services.properties, "connection"))


def read(replies: Replies) -> Reading:
    return services.items(row for row in rows_of(replies) if row.get("connection") != "true")


collector = services.collector((command,), read)
