"""PPP: the secrets and profiles of those who dial in, and who is in."""

from __future__ import annotations

from collections.abc import Container, Sequence

from routeros.simulator.device import formats, subscribers
from routeros.simulator.device.model import Model
from routeros.simulator.device.noise import key
from routeros.simulator.device.persona import Role
from routeros.simulator.device.subscribers import Subscriber
from routeros.simulator.fields import flag, ip4, one_of, ref, secret, since, span, text, whole
from routeros.simulator.menu import Menu
from routeros.simulator.outcome import Row
from routeros.simulator.router import Router

HOUR = 3600.0
ANSWERS = "default no yes"
BUILTIN = ("default", "default-encryption")


def _secrets(model: Model) -> list[Row]:
    """On half of the gateways three people dial in from outside."""
    if model.persona.role is not Role.GATEWAY or model.root % 2:
        return []
    names = [f"{model.site.name}-{who}" for who in ("field1", "field2", "backup")]
    return [
        {".id": f"*{n:X}", "name": name, "password": f"{key(model.root, name):016x}", "service": "l2tp"}
        | {"local-address": "172.16.99.1", "remote-address": f"172.16.99.{9 + n}", "profile": "default-encryption"}
        for n, name in enumerate(names, 1)
    ]


SECRET = Menu(
    "/ppp/secret",
    _secrets,
    lambda _, rows, __: [{**row, "last-logged-out": "1970-01-01 00:00:00"} for row in rows],
    fields={
        "name": text(),
        "service": one_of("any async l2tp ovpn pppoe pptp sstp", "any"),
        "caller-id": text(""),
        "password": secret(text("")),
        "profile": ref("/ppp/profile", "default"),
        "local-address": ip4(),
        "remote-address": ip4(),
        "remote-ipv6-prefix": text(),
        "routes": text(),
        "ipv6-routes": text(""),
        "limit-bytes-in": whole(0, 2**64, "0"),
        "limit-bytes-out": whole(0, 2**64, "0"),
        "comment": text(),
        "disabled": flag(),
    },
    required=("name",),
    unique={("name", "service"): "failure: secret with the same name already exists"},
    unset=True,
    reset=True,
)


def _active(router: Router, _: Sequence[Row], __: Container[str]) -> Sequence[Row]:
    """Each of them is in for some hours at a time; subscribers are known to the RADIUS server alone."""
    at, root = router.now(), key(router.model.root, "ppp")
    rows = [_subscribed(one, at) for one in subscribers.present(router.model, at)]
    for row in router.table(SECRET.table, SECRET.stored):
        place = int(row[".id"][1:], 16)
        window = (at + 1000 * place) // (6 * HOUR)
        since_ = max(window * 6 * HOUR - 1000 * place, router.booted(at) + 60)
        if row.get("disabled") != "true" and key(root, place, window) % 3 and since_ < at:
            rows.append({".id": f"*8000{place:02X}", "name": row["name"], "service": row.get("service", "l2tp")}
                | {"caller-id": f"198.51.100.{20 + place}", "address": row.get("remote-address", "")}
                | {"uptime": formats.span(at - since_), "encoding": "cbc(aes) + hmac(sha1)", "radius": "false"}
                | {"session-id": f"0x81{key(root, place, window) % 0xFFFFFF:06x}"}
                | {"limit-bytes-in": "0", "limit-bytes-out": "0"})  # fmt: skip
    return rows


def _subscribed(one: Subscriber, at: float) -> Row:
    row = {".id": f"*{0x80F00000 + one.place:X}", "name": one.name, "service": "pppoe", "caller-id": one.mac}
    row |= {"address": one.address, "uptime": formats.span(at - one.since), "encoding": "", "radius": "true"}
    return row | {"session-id": f"0x82{one.place:06x}", "limit-bytes-in": "0", "limit-bytes-out": "0"}


ACTIVE = Menu("/ppp/active", show=_active)


def _profiles(_: Model) -> list[Row]:
    return [
        {".id": "*0", "name": "default"},
        {".id": "*FFFFFFFE", "name": "default-encryption", "use-encryption": "yes"},
    ]


PROFILE = Menu(
    "/ppp/profile",
    _profiles,
    lambda _, rows, __: [{**row, "default": formats.flag(row["name"] in BUILTIN)} for row in rows],
    fields={
        "name": text(),
        "local-address": text(),
        "remote-address": text(),
        "bridge": text(),
        "bridge-learning": one_of(ANSWERS, "default"),
        "session-timeout": span(),
        "idle-timeout": span(),
        "use-ipv6": one_of("default no required yes", "yes"),
        "use-mpls": one_of("default no required yes", "default"),
        "use-compression": one_of(ANSWERS, "default"),
        "use-encryption": one_of("default no required yes", "default"),
        "only-one": one_of(ANSWERS, "default"),
        "change-tcp-mss": one_of(ANSWERS, "yes"),
        "use-upnp": one_of(ANSWERS, "default"),
        "rate-limit": text(),
        "address-list": text(""),
        "interface-list": ref("/interface/list"),
        "dns-server": text(),
        "on-up": text(""),
        "on-down": text(""),
        "comment": since("7.12", text()),
    },
    required=("name",),
    unique={("name",): "failure: profile with the same name already exists"},
    kept=lambda row: "failure: default profile can not be removed" if row["name"] in BUILTIN else None,
    unset=True,
    reset=True,
)
