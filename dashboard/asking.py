"""The words of an address that a page has of its own: kept by its links, changed by some of them."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlencode


def changed(asked: Mapping[str, str], **words: str) -> str:
    """Write the query of the same page with other ``words``; an empty one is left out."""
    told = {name: value for name, value in {**asked, **words}.items() if value}
    return f"?{urlencode(told)}" if told else "?"
