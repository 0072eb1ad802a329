"""Templates are written for a device so that no value is more than a value, and no template more than text."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fleet.errors import BadInput
from fleet.templates import Kind, Template, Variable
from routeros.plan.commands import read
from routeros.templating import Facts, inspect, preview, render

HOST = Facts("r1", version="7.16.2", site="Riga", tags=("core", "north"))


def template(text: str, *variables: Variable) -> Template:
    return Template("t", "", variables, text)


X = Variable("x", Kind.STRING)


@given(
    st.text(
        st.characters(codec="utf-8", exclude_categories=("Cc", "Co", "Cs")) | st.sampled_from('"\\$;[]{}\n'),
        max_size=30,
    )
)
def test_a_value_stays_one_value_wherever_it_stands(value: str) -> None:
    text = (
        '/ip address\nadd address={{ x }} comment="a {{ x }} b" interface=e-{{ x }}-f\n'
        "set [find comment={{ x }}] comment={{ x }}\n# {{ x }}\n"
    )
    added, changed = read(render(template(text, X), {"x": value}, HOST))
    assert dict(added.values) == {"address": value, "comment": f"a {value} b", "interface": f"e-{value}-f"}
    assert changed.row is not None
    assert (changed.row.by, dict(changed.values)) == ({"comment": value}, {"comment": value})


def test_types_write_themselves_and_facts_decide() -> None:
    text = (
        "{% if device.major >= 7 and device.since('7.13') %}\n/ip pool\n"
        "add name={{ device.site }} ranges={{ n.host(2) }}-{{ n.host(-2) }}\n{% endif %}\n"
        "/ip dns\nset allow-remote-requests={{ b }} cache-size={{ i }} servers={{ device.tags }}\n"
    )
    variables = (Variable("n", Kind.SUBNET), Variable("b", Kind.BOOL, default="yes"), Variable("i", Kind.INT))
    values: dict[str, object] = {"n": "192.0.2.0/24", "i": 2048}
    assert render(template(text, *variables), values, HOST) == (
        "/ip pool\nadd name=Riga ranges=192.0.2.2-192.0.2.254\n"
        '/ip dns\nset allow-remote-requests=yes cache-size=2048 servers="core,north"\n'
    )
    old = render(template(text, *variables), values, Facts("r2", version="6.49.10"))
    assert "pool" not in old


@pytest.mark.parametrize(
    "text",
    [
        "{{ x.format(1) }}",
        "{{ x * 1000000 }}",
        "{{ 'a' ~ x }}",
        "{% set a = [x, x] %}{{ a }}",
        "{% macro m() %}{% endmacro %}{{ m() }}",
        "{% include 'x' %}",
        "{% for a in range(9) %}{% for b in range(9) %}{% for c in range(9) %}{% endfor %}{% endfor %}{% endfor %}",
        "{% for a in range(9) recursive %}{{ loop(range(9)) }}{% endfor %}",
        "{{ y }}",
        "{{ x",
        "{{ device.__init__() }}",
        "{{ cycler }}",
        "{{ x.zfill(100000000) }}",
        "{{ lipsum() }}",
        "{{ '%999999999d' % 1 }}",
    ],
)
def test_a_template_that_is_more_than_text_is_refused_before_it_is_kept(text: str) -> None:
    with pytest.raises(BadInput) as refused:
        inspect(template(text, X))
    assert refused.value.next_step


@pytest.mark.parametrize(
    "text",
    ["{{ x + x }}", "{% for a in range(100000) %}{% endfor %}", "{{ device.nothing }}", "{{ x | int }}{{ 1 / 0 }}"],
)
def test_what_fails_for_a_device_is_said(text: str) -> None:
    with pytest.raises(BadInput):
        render(template(text, X), {"x": "a"}, HOST)


def test_what_is_no_change_of_a_configuration_is_refused_with_its_line() -> None:
    with pytest.raises(BadInput, match="Line 1"):
        render(template("/system reboot\n", X), {"x": "a"}, HOST)


def test_a_secret_is_shown_to_nobody_wherever_it_stands() -> None:
    text = '/system note\nset note="{{ s }}"\n/ppp secret\nadd name=a comment={{ s }} password={{ s }}\n'
    secret = Variable("s", Kind.SECRET)
    assert preview(template(text, secret), {"s": "geheim"}, HOST).count("*****") == 3
    with pytest.raises(BadInput) as refused:
        render(template(text, secret), {"s": "geheim\x00"}, HOST)
    assert "geheim" not in str(refused.value)
