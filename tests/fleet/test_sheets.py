"""Tables as spreadsheets write them are read, and what is written is read back."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fleet import sheets
from fleet.sheets import BadSheet

COLUMNS = ("name", "address", "interval_seconds", "tags")


def read(text: str | bytes, most: int = 10) -> list[tuple[int, dict[str, str]]]:
    data = text.encode() if isinstance(text, str) else text
    return [(row.line, dict(row.cells)) for row in sheets.read(data, COLUMNS, most)]


@pytest.mark.parametrize(
    "data",
    [
        b"name,address\ncore-1,10.0.0.1\n",
        b"name;address\r\ncore-1;10.0.0.1\r\n",
        b"name\taddress\ncore-1\t10.0.0.1",
        b"\xef\xbb\xbfname,address\ncore-1,10.0.0.1\n",
        "name\taddress\r\ncore-1\t10.0.0.1\r\n".encode("utf-16"),
        b'"name","address"\n"core-1","10.0.0.1"\n',
        b"Name , ADDRESS,,\n core-1 , 10.0.0.1,,\n",
    ],
)
def test_the_habits_of_spreadsheets_are_understood(data: bytes) -> None:
    assert read(data) == [(2, {"name": "core-1", "address": "10.0.0.1"})]


def test_excel_may_tell_its_delimiter() -> None:
    assert read("sep=;\r\nname;tags\r\na;x,y\r\n") == [(3, {"name": "a", "tags": "x,y"})]


def test_a_quoted_cell_may_hold_anything_and_lines_are_counted_on() -> None:
    text = 'name,tags\n"a ""b"",\nc",x\n\n,\nd,y\n'
    assert read(text) == [(2, {"name": 'a "b",\nc', "tags": "x"}), (6, {"name": "d", "tags": "y"})]


def test_names_of_columns_are_taken_as_people_write_them() -> None:
    assert read("Name,Interval-Seconds\na,5\n") == [(2, {"name": "a", "interval_seconds": "5"})]


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "name the columns"),
        (b"core-1,10.0.0.1\n", "name the columns"),
        (b"name,adress,x\na,b,c\n", "'adress', 'x'"),
        (b"name,name\na,b\n", "name comes twice"),
        (b"name\n\xff\n", "UTF-8"),
        (b'name\nok\n"a\nb\n', "line 3"),
        (b'name\n"a"b\n', "line 2"),
    ],
)
def test_what_is_no_such_table_is_refused_with_what_is_wrong(data: bytes, said: str) -> None:
    with pytest.raises(BadSheet) as caught:
        read(data)
    assert said in caught.value.message
    assert caught.value.next_step


def test_a_row_with_too_many_cells_is_its_own_fault() -> None:
    first, second = sheets.read(b"name,address\na,b,c\nd,e,,\n", COLUMNS, 10)
    assert "3 cells for 2 columns" in first.fault
    assert not second.fault


def test_a_table_has_at_most_so_many_rows() -> None:
    assert len(read("name\n" + "a\n" * 10)) == 10
    with pytest.raises(BadSheet, match="more than 10 rows"):
        read("name\n" + "a\n" * 11)


@pytest.mark.parametrize("cell", ["=1+1", "+1", "-x", "@a", "'=1", "''=", "'a"])
def test_no_cell_is_a_formula_and_none_is_changed(cell: str) -> None:
    text = "".join(sheets.write(("name",), [{"name": cell}]))
    written = text.splitlines()[1].strip('"')
    assert written[0] not in "=+-@"
    assert read(text) == [(2, {"name": cell})]


CELLS = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs", "Zs", "Zl", "Zp"]), min_size=1)


@given(st.lists(st.fixed_dictionaries({"name": CELLS, "tags": st.none() | CELLS}), max_size=10))
def test_what_is_written_is_read_back(rows: list[dict[str, str | None]]) -> None:
    text = "".join(sheets.write(COLUMNS, rows))
    assert [cells for _, cells in read(text)] == [{k: v for k, v in row.items() if v is not None} for row in rows]
