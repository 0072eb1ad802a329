"""How radios are doing: ``monitor`` of both drivers, and ``/interface/wifi/radio``."""

from __future__ import annotations

from collections.abc import Callable, Container, Sequence

from routeros.simulator import selecting
from routeros.simulator.catalogue import menus
from routeros.simulator.device.noise import draw, key
from routeros.simulator.device.stations import qualities
from routeros.simulator.doors.wire import Call
from routeros.simulator.menu import Menu
from routeros.simulator.menus.security import has_wave2, has_wifi, has_wireless
from routeros.simulator.monitors import repeated
from routeros.simulator.outcome import Outcome, Row
from routeros.simulator.parts import ports
from routeros.simulator.router import Router


def _old(router: Router, row: Row) -> Row:
    radio = ports.of(router, row).radio
    if radio is None or not ports.is_running(router, row):
        return {"name": row["name"], "status": "disabled"}
    found = qualities(router, row)
    count, floor = str(len(found)), -100 - key(router.model.root, row[".id"], int(router.now() // 20)) % 16
    width = "20-Ce/ac" if radio.band.startswith("5") else "20/gn"
    told = {"name": row["name"], "status": "running-ap", "channel": f"{radio.frequency}/{width}"}
    told |= {"wireless-protocol": "802.11", "noise-floor": str(floor)}
    told |= {"overall-tx-ccq": str(round(sum(found) / len(found)))} if found else {}
    return told | {"registered-clients": count, "authenticated-clients": count}


def _new(router: Router, row: Row) -> Row:
    radio = ports.of(router, row).radio
    if radio is None or not ports.is_running(router, row):
        return {"state": "disabled"}
    count = str(len(qualities(router, row)))
    wide = "/ax/Ceee" if radio.band.startswith("5") else "/ax"
    power = str(int(draw(key(router.model.root, row[".id"], "power"), 14, 24)))
    told = {"state": "running", "channel": f"{radio.frequency}{wide}", "tx-power": power}
    return told | {"registered-peers": count, "authorized-peers": count}


def monitor(path: str, state: Callable[[Router, Row], Row]) -> Callable[[Router, Call], Outcome]:
    """Make the verb that tells the state of radios, once or again and again."""

    def act(router: Router, call: Call) -> Outcome:
        rows = selecting.chosen(router, menus(router.model)[path], selecting.asked(call))
        return repeated(call, lambda: [state(router, row) for row in rows])

    return act


OLD, NEW, WAVE2 = "/interface/wireless", "/interface/wifi", "/interface/wifiwave2"
WIRELESS = Menu(OLD, bare=True, exists=has_wireless, commands={"monitor": monitor(OLD, _old)})
WIFI = Menu(NEW, bare=True, exists=has_wifi, commands={"monitor": monitor(NEW, _new)})
BEFORE = Menu(WAVE2, bare=True, exists=has_wave2, commands={"monitor": monitor(WAVE2, _new)})


def _radios(router: Router, _: Sequence[Row], __: Container[str]) -> Sequence[Row]:
    shown: list[Row] = []
    for row in router.table(ports.STORE, ports.stored):
        radio = ports.of(router, row).radio
        if radio is not None:
            five = radio.band.startswith("5")
            told = {"radio-mac": row["mac-address"], "interface": row["name"], "tx-chains": "0,1", "rx-chains": "0,1"}
            told |= {"bands": "5ghz-a,5ghz-n,5ghz-ac,5ghz-ax" if five else "2ghz-g,2ghz-n,2ghz-ax"}
            told |= {"ciphers": "tkip,ccmp,gcmp,ccmp-256,gcmp-256,cmac,gmac,cmac-256,gmac-256"}
            told |= {"current-country": "Latvia", "local": "true", "hw-type": "QCN6122" if five else "IPQ6018"}
            shown.append({".id": f"*{len(shown) + 1:X}", **told})
    return shown


RADIO = Menu("/interface/wifi/radio", show=_radios, exists=has_wifi)
