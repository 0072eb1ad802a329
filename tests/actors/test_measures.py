"""Rows follow the family's columns, with increases only where they can be trusted."""

from actors.measures import Measures
from fleet.families import Sample
from tests.actors.doubles import traffic


def sample(count: int, interface: str = "ether1") -> Sample:
    return Sample({"rx_bytes_total": count}, (interface,))


def test_rows_name_their_columns_once_and_follow_them() -> None:
    rows = Measures().rows(traffic, [sample(5), sample(6, "ether2")], 100.0, 50.0)
    assert rows.columns == ("rx_bytes_total", "rx_bytes_increase", "rx_bytes_rate")
    assert rows.labels == (("ether1",), ("ether2",))
    assert rows.values == ((5, None, None), (6, None, None))


def test_an_interface_that_reappears_begins_anew() -> None:
    measures = Measures()
    measures.rows(traffic, [sample(5), sample(6, "ether2")], 100.0, 50.0)
    measures.rows(traffic, [sample(10)], 110.0, 60.0)
    rows = measures.rows(traffic, [sample(15), sample(99, "ether2")], 120.0, 70.0)
    assert rows.values == ((15, 5, 0.5), (99, None, None))


def test_a_reading_without_uptime_is_not_counted_from() -> None:
    measures = Measures()
    measures.rows(traffic, [sample(0)], 100.0, 50.0)
    assert measures.rows(traffic, [sample(50)], 110.0, None).values == ((50, None, None),)
    assert measures.rows(traffic, [sample(80)], 120.0, 70.0).values == ((80, 80, 4.0),)
