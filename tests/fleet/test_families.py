"""What a family may be, and what follows from it."""

import pytest

from fleet.errors import BadInput
from fleet.families import Family, Field, Kind, Storage, find

RX = Field("rx_bytes_total", Kind.COUNTER, "B")


def test_a_counter_is_three_columns() -> None:
    assert [(c.name, c.storage, c.unit) for c in RX.columns] == [
        ("rx_bytes_total", Storage.BIGINT, "B"),
        ("rx_bytes_increase", Storage.BIGINT, "B"),
        ("rx_bytes_rate", Storage.DOUBLE, "B/s"),
    ]


@pytest.mark.parametrize(
    "make",
    [
        lambda: Field("rx_bytes", Kind.COUNTER),
        lambda: Field("load_total"),
        lambda: Field("Load"),
        lambda: Field("link", Kind.STATE),
        lambda: Family("x y", "X", (Field("load"),)),
        lambda: Family("ok", "X", (Field("time"),)),
        lambda: Family("ok", "X", (RX, Field("rx_bytes_rate"))),
    ],
)
def test_a_family_that_would_make_a_bad_table_is_refused(make: object) -> None:
    with pytest.raises(ValueError):  # noqa: PT011
        make()  # type: ignore[operator]


def test_what_is_not_there_is_answered_with_what_is() -> None:
    family = Family("resource", "Resource", (Field("cpu_load_ratio"),))
    with pytest.raises(BadInput, match="cpu_load_ratio"):
        family.column("cpu")
    with pytest.raises(BadInput, match="resource"):
        find({"resource": family}, "resources")
