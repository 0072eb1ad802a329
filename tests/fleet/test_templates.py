"""Variables of templates: their types, and what is said of values that are none."""

from __future__ import annotations

import pytest

from fleet.errors import BadInput
from fleet.templates import Kind, Subnet, Variable, check, kept, values


@pytest.mark.parametrize(
    ("variable", "told", "value"),
    [
        (Variable("a", Kind.STRING), "x y", "x y"),
        (Variable("a", Kind.IP), "2001:DB8::1", "2001:db8::1"),
        (Variable("a", Kind.INT, least=1, most=9), "9", 9),
        (Variable("a", Kind.INT), 7, 7),
        (Variable("a", Kind.BOOL), "no", False),
        (Variable("a", Kind.BOOL), True, True),
        (Variable("a", Kind.BOOL, default="yes"), None, True),
        (Variable("a", Kind.SECRET), "s", "s"),
    ],
)
def test_a_value_is_read_by_its_type(variable: Variable, told: object, value: object) -> None:
    assert values([variable], {"a": told}) == {"a": value}


def test_a_network_counts_its_addresses() -> None:
    found = values([Variable("a", Kind.SUBNET)], {"a": "192.0.2.0/29"})["a"]
    assert isinstance(found, Subnet)
    assert (str(found), found.prefix, found.netmask) == ("192.0.2.0/29", 29, "255.255.255.248")
    assert (found.address, found.host(1), found.host(-2)) == ("192.0.2.0", "192.0.2.1", "192.0.2.6")
    with pytest.raises(BadInput, match="no address number 8"):
        found.host(8)


@pytest.mark.parametrize(
    ("variable", "told"),
    [
        (Variable("a", Kind.IP), "192.0.2.0/24"),
        (Variable("a", Kind.SUBNET), "192.0.2.1/24"),
        (Variable("a", Kind.SUBNET), "x"),
        (Variable("a", Kind.INT), "1.5"),
        (Variable("a", Kind.INT), True),
        (Variable("a", Kind.INT, least=5), 4),
        (Variable("a", Kind.INT, most=5), 6),
        (Variable("a", Kind.BOOL), "perhaps"),
        (Variable("a", Kind.STRING), "a\x1bb"),
        (Variable("a", Kind.STRING), "\ue000"),
        (Variable("a", Kind.STRING), 7),
        (Variable("a", Kind.STRING, choices=("x", "y")), "z"),
        (Variable("a", Kind.SECRET), ""),
        (Variable("a", Kind.SECRET), None),
        (Variable("b", Kind.STRING, default="x"), "y"),
    ],
)
def test_a_value_of_another_type_is_refused_with_what_to_do(variable: Variable, told: object) -> None:
    with pytest.raises(BadInput) as refused:
        values([variable], {"a": told})
    assert refused.value.next_step


@pytest.mark.parametrize(
    "variables",
    [
        [Variable("A", Kind.INT)],
        [Variable("device", Kind.INT)],
        [Variable("a", Kind.INT), Variable("a", Kind.IP)],
        [Variable("a", Kind.SECRET, default="x")],
        [Variable("a", Kind.INT, default="x")],
        [Variable("a", Kind.INT, choices=("x",))],
        [Variable(f"a{n}", Kind.INT) for n in range(61)],
    ],
)
def test_variables_that_cannot_be_are_refused(variables: list[Variable]) -> None:
    with pytest.raises(BadInput):
        check(variables)


def test_variables_are_stored_and_read_back() -> None:
    there = (
        Variable("a", Kind.STRING, "About.", default="x", choices=("x", "y")),
        Variable("b", Kind.INT, least=0, most=9),
        Variable("c", Kind.STRING, default=""),
    )
    assert kept(variable.stored() for variable in there) == there
