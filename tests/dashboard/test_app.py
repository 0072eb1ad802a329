"""The first HTML: who gets it, what it loads, and what it may run."""

from __future__ import annotations

import gzip
import re
from functools import cache
from pathlib import Path

import plotly
import pytest

from dashboard import delivery
from tests.dashboard.seats import Seat, text

SCRIPT = re.compile(r'<script[^>]*\bsrc="([^"]+)"')
STYLE = re.compile(r'<link rel="stylesheet" href="([^"]+)"')


def home(seat: Seat, path: str = "") -> str:
    return f"/t/{seat.tenant.slug}/{path}"


def test_nobody_is_sent_to_sign_in(nobody: Seat) -> None:
    answer = nobody.get(home(nobody), Accept="text/html")
    assert answer.status_code == 303
    assert answer.headers["Location"] == "/login?to=%2Ft%2Fnorth%2F"


def test_signing_in_leads_back_to_the_page_and_its_range(nobody: Seat) -> None:
    answer = nobody.get(home(nobody, "fleet?status=down&from=now-6h"), Accept="text/html")
    assert answer.headers["Location"] == "/login?to=%2Ft%2Fnorth%2Ffleet%3Fstatus%3Ddown%26from%3Dnow-6h"


def test_the_prefix_alone_leads_to_the_own_tenant(north: Seat) -> None:
    for path in ("/t/", "/t"):
        assert north.get(path).headers["Location"] == home(north)


@pytest.mark.parametrize("path", ["/t/south/", "/t/nobody/", "/t/north/nowhere", "/t/north/device/1"])
def test_what_is_not_there_is_a_page_that_says_so(north: Seat, path: str) -> None:
    answer = north.get(path, Accept="text/html")
    assert answer.status_code == 404
    assert "There is no such page." in answer.text


def test_the_policy_allows_this_host_alone(north: Seat) -> None:
    policy = north.get(home(north)).headers["Content-Security-Policy"]
    sources = dict(part.strip().split(" ", 1) for part in policy.split(";"))
    assert sources["default-src"] == "'none'"
    assert "unsafe" not in sources["script-src"]
    assert "sha256-" in sources["script-src"]
    assert sources["connect-src"] == "'self'"
    assert "http" not in policy


def test_nothing_is_loaded_from_another_host(north: Seat) -> None:
    html = north.get(home(north)).text
    addresses = re.findall(r'(?:src|href)="([^"]+)"', html)
    assert addresses
    assert all(address.startswith("/") and not address.startswith("//") for address in addresses)
    for asset in delivery.ASSETS.iterdir():
        found = re.findall(r"https?://[^'\")\s]+", asset.read_text())
        assert all(url == "http://www.w3.org/2000/svg" for url in found), (asset, found)


def test_the_grid_is_loaded_where_there_is_one(north: Seat) -> None:
    fleet, device = (
        north.get(home(north, "fleet")).text,
        north.get(home(north, f"device/{north.tenant.devices[0].id}")).text,
    )
    assert any("dash_ag_grid" in script for script in SCRIPT.findall(fleet))
    assert not any("dash_ag_grid" in script for script in SCRIPT.findall(device))
    assert 'rel="preload" as="script" href="/t/_dash-component-suites/plotly/' in device
    assert 'rel="prefetch" as="script" href="/t/_dash-component-suites/plotly/' in fleet


def test_files_travel_packed_and_are_kept_for_good(north: Seat) -> None:
    html = north.get(home(north)).text
    for address in SCRIPT.findall(html) + STYLE.findall(html):
        first, second = (north.get(address, Accept_Encoding="gzip") for _ in range(2))
        assert first.headers["Content-Encoding"] == "gzip", address
        assert "immutable" in first.headers["Cache-Control"], address
        assert first.mimetype == second.mimetype
        assert gzip.decompress(first.data) == gzip.decompress(second.data) == north.get(address).data


def test_all_of_our_own_files_come_as_one_script_and_one_style_sheet(north: Seat) -> None:
    html = north.get(home(north)).text
    for kind, addresses in (("js", SCRIPT.findall(html)), ("css", STYLE.findall(html))):
        (address,) = (a for a in addresses if a.startswith("/t/assets/"))
        served = north.get(address).text
        assert all(one.read_text() in served for one in delivery.ASSETS.glob(f"*.{kind}"))


def test_what_other_pages_need_is_hinted_at_once(north: Seat) -> None:
    hints = re.findall(r'<link rel="(?:preload|prefetch)"[^>]*>', north.get(home(north)).text)
    assert hints
    assert len(hints) == len(set(hints))


def test_a_script_without_a_fingerprint_is_asked_for_again_and_not_sent_again(north: Seat) -> None:
    home_page = north.get(home(north)).text
    address = next(a for a in re.findall(r'rel="prefetch" as="script" href="([^"]+)"', home_page) if "async" in a)
    first = north.get(address, Accept_Encoding="gzip")
    assert "no-cache" in first.headers["Cache-Control"]
    again = north.get(address, Accept_Encoding="gzip", If_None_Match=first.headers["ETag"])
    assert (again.status_code, again.data) == (304, b"")


def test_a_page_is_not_kept(north: Seat) -> None:
    assert north.get(home(north)).headers["Cache-Control"] == "no-store"


def test_files_need_no_session_and_hold_nothing_secret(nobody: Seat, north: Seat) -> None:
    address = SCRIPT.findall(north.get(home(north)).text)[0]
    assert nobody.get(address).status_code == 200


def test_the_router_lays_out_the_page_of_the_address(north: Seat) -> None:
    look = {"scheme": "dark", "zone": "Europe/Vienna"}
    assert "fleet-grid" in text(north.call("page.children", "fleet", look__data=look))
    device = north.tenant.devices[0]
    told = text(north.call("page.children", f"device/{device.id}", look__data=look))
    assert device.name in told
    assert "Europe/Vienna" in told
    assert "There is no such page" in text(north.call("page.children", "nowhere", look__data=look))


def test_the_frame_names_the_tenant_and_the_person(north: Seat) -> None:
    told = text(north.get("/t/_dash-layout"))
    assert "North" in told
    assert "@north.example" in told
    assert "South" not in told


def test_the_age_of_the_newest_word_is_told(north: Seat) -> None:
    told = north.call("pulse.data").json or {}
    assert told["response"]["pulse"]["data"] == {"age": 10.0, "late": 180.0}


def test_charts_are_drawn_by_the_part_of_plotly_that_they_need_and_of_the_same_version(north: Seat) -> None:
    package = Path(plotly.__file__).parent / "package_data" / "plotly.min.js"
    served = north.get("/t/_dash-component-suites/plotly/package_data/plotly.min.js", Accept_Encoding="gzip")
    plain = gzip.decompress(served.data).decode()
    (whole,), (part,) = (re.findall(r"plotly\.js (?:\(cartesian - minified\) )?v(\S+)", t[:400]) for t in
                         (package.read_text()[:400], plain))  # fmt: skip
    assert whole == part, "fetch the cartesian bundle of that version from npm: plotly.js-cartesian-dist-min"
    assert len(plain) < package.stat().st_size / 3


def test_no_page_loads_tables_of_dash_or_polyfills_that_browsers_have(north: Seat) -> None:
    scripts = SCRIPT.findall(north.get(home(north)).text)
    assert not any("dash_table" in script for script in scripts)
    (polyfill,) = (script for script in scripts if "polyfill" in script)
    assert "regeneratorRuntime = runtime" in north.get(polyfill).text
    assert len(north.get(polyfill).data) < 30_000


def test_addresses_that_are_asked_for_at_random_are_not_kept() -> None:
    for number in range(50):
        delivery.lasting(f"/t/_dash-component-suites/plotly/package_data/{number}.js")
    caches = [part for part in vars(delivery).values() if type(part) is type(cache(len))]
    assert caches
    assert all(part.cache_info().currsize <= len(delivery.INSTEAD) for part in caches)
