"""Sessions by service; that there are none is a count too."""

from __future__ import annotations

from routeros.collectors import ppp


def test_sessions_are_counted_by_service() -> None:
    rows = [{"service": "pppoe"}, {"service": "pppoe"}, {"service": "sstp"}, {"service": "async"}, {}]
    (sample,) = ppp.read([rows]).samples
    assert sample.values == {
        "sessions": 5,
        "pppoe_sessions": 2,
        "l2tp_sessions": 0,
        "pptp_sessions": 0,
        "sstp_sessions": 1,
        "ovpn_sessions": 0,
    }


def test_that_all_are_gone_is_told() -> None:
    (sample,) = ppp.read([[]]).samples
    assert sample.values["sessions"] == 0
    assert ppp.idle([[]])
    assert not ppp.idle([[{"service": "pppoe"}]])
    assert ppp.read([None]).samples == ()
