"""The explorer, as its callbacks tell it: what is asked and shown, and that the copied program reads the same."""

from __future__ import annotations

import io
from base64 import b64decode
from typing import Any
from urllib.parse import urlencode

import pandas as pd
import psycopg
import pytest

from dashboard.explorecode import KEY
from db import sites
from db.tenancy import tenant_session
from fleet.belonging import Words
from tests.dashboard.seats import Screen, Seat, ago, text
from tests.fixtures.web import NOW

SHOWN = "explore-code.children"
HOUR = {"from": "2026-01-05T11:00:00Z", "to": "2026-01-05T12:00:00Z"}
TRAFFIC = "interfaces.rx_bytes_total"


@pytest.fixture(scope="module", autouse=True)
def measured(screen: Screen) -> None:
    """North's first two devices have models and CPUs; the second is twice as busy, and was calm a day before."""
    one, two, _ = screen.web.north.devices
    times = [ago(minutes=minute) for minute in range(60, 0, -1)]
    screen.tell(one, model="RB4011")
    screen.tell(two, model="CCR2004", state="up", since=ago(hours=3), heard_at=ago(seconds=10))
    screen.measure(two, "resource", times, cpu_load_ratio=[0.8] * 60)
    screen.measure(two, "resource", [at - (NOW - ago(days=1)) for at in times], cpu_load_ratio=[0.2] * 60)
    web, north = screen.web, screen.web.north
    with tenant_session(web.context.stores, north.principal) as session:
        site = sites.Sites(session, web.author(north), north.id).add('O"slo')
        sites.tag(session, north.id, two.id, Words.exactly(["core"]))
    with psycopg.connect(screen.database.admin_url) as admin:
        admin.execute("UPDATE devices SET site_id = %s WHERE id = %s", (site, two.id))


def asked(words: dict[str, str]) -> str:
    return f"explore?{urlencode({**HOUR, **words})}"


def call(seat: Seat, **words: str) -> dict[str, Any]:
    said = {name.rstrip("_"): word for name, word in words.items()}
    answer = seat.call(SHOWN, asked(said))
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = (answer.json or {})["response"]
    return found


def saved(seat: Seat, kind: str, drawn: dict[str, Any], words: dict[str, str]) -> tuple[str, bytes]:
    given = {f"explore_{kind}__n_clicks": 1, "explore_drawn__data": drawn}
    answer = seat.call(f"explore-{kind}-file.data", asked(words), **given)
    assert answer.status_code == 200, answer.text
    (sent,) = (answer.json or {})["response"].values()
    return sent["data"]["filename"], b64decode(sent["data"]["content"])


def traces(shown: dict[str, Any]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = shown["explore-graph"]["figure"]["data"]
    return found


def test_a_line_for_each_device_the_busiest_first(north: Seat) -> None:
    shown = call(north)
    assert [trace["name"] for trace in traces(shown)] == ["router-001", "router-000"]
    assert set(traces(shown)[0]["y"]) == {0.8}
    assert traces(shown)[0]["customdata"][0] == "80.0 %"
    assert "CPU load · mean by device · all devices" in str(shown["explore-caption"])


def test_another_tenant_sees_nothing_of_it(south: Seat, screen: Screen) -> None:
    theirs = str(screen.web.north.devices[1].id)
    shown = call(south, of="devices", in_=theirs)
    assert "No device is meant" in str(shown["explore-note"])
    assert {"value": theirs, "label": "A device that is gone"} in shown["ask-devices"]["data"]
    assert [trace["name"] for trace in traces(call(south))] == ["router-000"]


def test_the_same_is_not_drawn_twice(north: Seat) -> None:
    drawn = call(north)["explore-drawn"]["data"]
    assert north.call(SHOWN, asked({}), explore_drawn__data=drawn).status_code == 204
    assert north.call(SHOWN, asked({"as": "table"}), explore_drawn__data=drawn).status_code == 200


def test_what_does_not_fit_the_metric_is_as_if_not_said(north: Seat) -> None:
    shown = call(north, metric=TRAFFIC, agg="p95", by="model,colour,interface", where="nothing:1", top="7")
    assert shown["explore-drawn"]["data"]["words"] | {"where": ""} == {
        "metric": TRAFFIC, "agg": "rate", "by": "model,interface", "of": "all", "pick": "", "devices": "", "text": "",
        "where": "", "top": "",
    }  # fmt: skip


def test_a_metric_that_is_none_is_refused_where_the_answer_would_stand(north: Seat) -> None:
    shown = call(north, metric="resource.colour")
    assert "has no field 'colour'" in str(shown["explore-note"])
    assert shown["explore"]["className"] == "explore bare"
    assert "There is no metric family" in str(call(north, metric="nonsense")["explore-note"])


def test_an_earlier_period_is_a_ghost_behind_its_line(north: Seat) -> None:
    shown = call(north, compare="day", in_="router-001", of="text")
    ghost, line = traces(shown)
    assert (ghost["name"], ghost["y"][0], ghost["line"]["dash"]) == ("router-001, earlier", 0.2, "dot")
    assert ghost["x"] == line["x"]
    assert "+300 %" in str(shown["explore-table"])


def test_a_band_lies_between_the_devices(north: Seat) -> None:
    outline, middle = traces(call(north, as_="band", band="min-max"))
    assert max(y for y in outline["y"] if y is not None) == 0.8
    assert min(y for y in outline["y"] if y is not None) == 0.1
    assert middle["y"][0] == pytest.approx(0.4525)  # the middle of 0.8 and of 0.1 and 0.11, two polls a step


def test_a_heatmap_has_a_row_for_each_device(north: Seat) -> None:
    shown = call(north, as_="heatmap")
    (cells,) = traces(shown)
    assert cells["z"][0][0] == 0.8
    assert len(cells["z"]) == 2
    assert shown["explore-graph"]["figure"]["layout"]["yaxis"]["ticktext"] == ["router-001", "router-000"]


def test_a_distribution_counts_the_steps(north: Seat) -> None:
    (bars,) = traces(call(north, as_="distribution"))
    assert sum(bars["y"]) == 120


def test_the_top_is_ranked_over_the_whole_range(north: Seat) -> None:
    (bars,) = traces(call(north, as_="top", top="5"))
    assert bars["text"] == ["80.0 %", "39.5 %"]


def test_more_groups_than_shown_are_told(north: Seat) -> None:
    shown = call(north, metric=TRAFFIC, by="device,interface", top="5")
    assert "greatest groups" not in str(shown["explore-note"])
    assert "2 groups" in str(shown["explore-caption"])


def test_a_group_leads_to_its_devices(north: Seat) -> None:
    links = str(call(north, by="model")["explore-table"])
    assert "of=model&in=CCR2004" in links
    assert f"/t/north/device/{north.tenant.devices[0].id}" in str(call(north)["explore-table"])


def test_names_are_offered_by_a_part_of_them(north: Seat) -> None:
    chosen = [str(north.tenant.devices[2].id), "no id"]
    told = north.call("ask-devices.data@", "explore", ask_devices__searchValue="-001", ask_devices__value=chosen)
    assert "router-002" in text(told)
    assert "router-001" in text(told)
    assert "router-000" not in text(told)


def test_nothing_measured_says_where_there_may_be_something(north: Seat) -> None:
    shown = call(north, metric="ppp.sessions")
    assert "Nothing was measured" in str(shown["explore-note"])
    assert "from=now-7d" in str(shown["explore-note"])


QUESTIONS: dict[str, dict[str, str]] = {
    "line": {},
    "one line": {"by": "none", "agg": "max"},
    "compared": {"compare": "day", "by": "model"},
    "band": {"as": "band", "compare": "day"},
    "extremes": {"as": "band", "band": "min-max"},
    "heatmap": {"as": "heatmap", "metric": TRAFFIC, "by": "device,interface"},
    "distribution": {"as": "distribution", "agg": "p95", "compare": "day"},
    "table": {"as": "table", "compare": "day"},
    "top": {"as": "top", "top": "5"},
    "model": {"of": "model", "in": "CCR2004"},
    "models": {"of": "model", "in": "CCR*"},
    "text": {"of": "text", "in": "router-00"},
    "site": {"of": "site", "in": 'O"slo'},
    "tag": {"of": "tag", "in": "core", "by": "tag"},
    "label": {"metric": TRAFFIC, "where": "ether2", "by": "interface"},
    "devices": {"of": "devices", "in": "{one},{two}"},
    "counted": {"agg": "count", "as": "table"},
}


@pytest.mark.parametrize("words", QUESTIONS.values(), ids=QUESTIONS)
def test_the_copied_program_reads_what_is_shown(
    north: Seat, screen: Screen, shared_web_url: str, monkeypatch: pytest.MonkeyPatch, words: dict[str, str]
) -> None:
    one, two, _ = screen.web.north.devices
    words = {name: word.format(one=one.id, two=two.id) for name, word in words.items()}
    shown = (north.call(SHOWN, asked(words)).json or {})["response"]
    name, content = saved(north, "parquet", shown["explore-drawn"]["data"], words)
    code = shown["explore-code"]["children"].replace("http://localhost", shared_web_url)
    monkeypatch.setenv(KEY, screen.web.key(screen.web.north))
    ran: dict[str, Any] = {}
    exec(code, ran)
    expected = pd.read_parquet(io.BytesIO(content))
    assert name.endswith(".parquet")
    assert len(expected)
    frame = ran["shown"] if "time" not in expected or "time" in ran["shown"] else ran["shown"].reset_index()
    pd.testing.assert_frame_equal(frame[list(expected)], expected, check_dtype=False, check_categorical=False)
    assert set(frame) == set(expected)


def test_a_file_holds_what_was_drawn(north: Seat) -> None:
    drawn = call(north, as_="table")["explore-drawn"]["data"]
    name, content = saved(north, "csv", drawn, {"as": "table"})
    frame = pd.read_csv(io.BytesIO(content))
    assert name == "resource.cpu_load_ratio-table-20260105T120000Z.csv"
    assert frame["title"].tolist() == ["router-001", "router-000"]
    assert frame["mean"].tolist() == pytest.approx([0.8, 0.395])


def test_what_devices_call_themselves_is_no_program_and_no_formula(north: Seat, screen: Screen) -> None:
    device = screen.web.north.devices[0]
    evil = {"metric": TRAFFIC, "by": "interface", "where": 'interface:="); raise SystemExit("'}
    times = [ago(minutes=2), ago(minutes=1)]
    screen.measure(device, "interfaces", times, label=evil["where"].partition(":")[2], rx_bytes_total=[0, 600])
    shown = (north.call(SHOWN, asked(evil)).json or {})["response"]
    compile(shown["explore-code"]["children"], "pasted", "exec")
    assert 'where={"interface": "=\\"); raise SystemExit(\\""}' in shown["explore-code"]["children"]
    _, content = saved(north, "csv", shown["explore-drawn"]["data"], evil)
    frame = pd.read_csv(io.BytesIO(content))
    assert frame["interface"].str.startswith("'=").all()


def test_what_is_being_written_is_left_alone(north: Seat) -> None:
    drawn = call(north)["explore-drawn"]["data"]
    later = north.call(SHOWN, asked({"from": "now-2h"}), explore_drawn__data=drawn)
    assert "ask-text" not in (later.json or {})["response"]
    other = north.call(SHOWN, asked({"agg": "max"}), explore_drawn__data=drawn)
    assert (other.json or {})["response"]["ask-agg"]["value"] == "max"


def test_a_refusal_is_told_once(north: Seat) -> None:
    drawn = call(north, metric="nonsense")["explore-drawn"]["data"]
    assert north.call(SHOWN, asked({"metric": "nonsense"}), explore_drawn__data=drawn).status_code == 204
    assert north.call(SHOWN, asked({}), explore_drawn__data=drawn).status_code == 200


def test_the_fleet_lies_behind_devices_that_are_named(north: Seat, screen: Screen) -> None:
    one, two, three = screen.web.north.devices
    screen.measure(three, "resource", [ago(minutes=minute) for minute in range(60, 0, -1)], cpu_load_ratio=[0.5] * 60)
    named = {"of": "devices", "in_": f"{one.id},{two.id}"}
    assert "Fleet p5 – p95" in str(call(north, **named)["explore-segments"])
    band, *lines = traces(call(north, **named, over="fleet"))
    assert band["name"] == "Fleet p5–p95"
    assert {line["name"] for line in lines} == {"router-000", "router-001"}
    assert "Fleet p5 – p95" not in str(call(north, over="fleet")["explore-segments"])
