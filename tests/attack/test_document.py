"""The document can be followed, and everything that it needs can be made."""

from __future__ import annotations

import json
import re

from tests.attack.grounds import Ground


def test_every_reference_leads_somewhere(ground: Ground) -> None:
    schemas = ground.document.text["components"]
    for reference in set(re.findall(r'"#/components/([^"]+)"', json.dumps(ground.document.text))):
        part, _, name = reference.partition("/")
        assert name in schemas[part], reference


def test_no_two_operations_have_one_name(ground: Ground) -> None:
    names = [one.id for one in ground.document.operations]
    assert len(names) == len(set(names))
