"""What the explorer shows, as a program: it runs as it is pasted, and ends with the frame ``shown``. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any

from dashboard.explore import BACK, Asked, Band, Pick, Shape
from dashboard.exploreframes import BINS, HIGH, LOW
from db.filters import BEGINS
from db.plans import words
from fleet.identity import DeviceId

KEY = "FLOTILLA_KEY"
"""The environment variable that the program takes its API key from: no key belongs into what is copied."""

EXTREMES = """
steps = shown.groupby(["period", "time"], observed=True)
shown = steps.agg(low=("min", "min"), middle=("value", "median"), high=("max", "max")).reset_index()
"""
PERCENTILES = f"""
steps = shown.groupby(["period", "time"], observed=True)["value"]
shown = steps.quantile([{LOW}, 0.5, {HIGH}]).unstack()
shown = shown.set_axis(["low", "middle", "high"], axis=1).reset_index()
"""
DISTRIBUTION = f"""
known = shown.dropna(subset="value")
edges = np.histogram_bin_edges(known["value"], bins={BINS})
counts = {{p: np.histogram(part["value"], edges)[0] for p, part in known.groupby("period", observed=True)}}
shown = pd.DataFrame({{"low": edges[:-1], "high": edges[1:], **counts}})
"""
SUMMARY = """
steps = shown.groupby({groups}, observed=True)["value"]
shown = steps.agg(["min", "mean", "max", "last", "count"]).reset_index()
shown = shown.sort_values("mean", ascending=False, ignore_index=True)
"""


def write(asked: Asked, url: str, last: tuple[str, str], points: int, devices: Sequence[DeviceId] | None) -> str:
    """Write the program for a server at ``url``; ``last`` is the range as the address says it."""
    lookup = _lookup(asked)
    named = "devices" if lookup else None if devices is None else _text([str(device) for device in devices])
    given = "".join(f"        {one},\n" for one in _given(asked, last, points, named))
    numbers = "import numpy as np\nimport pandas as pd\n" if asked.shape is Shape.DISTRIBUTION else ""
    return (
        f"import os\n\n{numbers}from flotilla import Client\n\n"
        f'with Client({_text(url)}, os.environ["{KEY}"]) as fleet:\n'
        f"{lookup}    shown = fleet.query(\n{given}    )\n{_reduction(asked)}"
    )


def _given(asked: Asked, last: tuple[str, str], points: int, devices: str | None) -> Iterator[str]:
    yield _text(asked.family.name)
    yield _text(asked.column.name)
    yield f"aggregate={_text(asked.aggregate)}"
    yield f"by={_text(list(asked.by))}"
    yield f"last={_last(*last)}"
    yield f"points={points}"
    if devices is not None:
        yield f"devices={devices}"
    for name, places in (("sites", asked.sites), ("tags", asked.tags)):
        if places is not None:
            yield f"{name}={_text(places)}"
    if asked.where is not None:
        yield f"where={_text(dict([asked.where]))}"
    if asked.limit is not None:
        yield f"top={asked.limit}"
    if asked.compare:
        yield f"compare={_text(words(BACK[asked.compare]))}"


def _lookup(asked: Asked) -> str:
    """Write how devices are found that a question cannot name by a word."""
    if asked.pick is Pick.TEXT and asked.chosen:
        return f"    devices = list(fleet.devices(q={_text(asked.chosen)}).index)\n"
    if asked.pick is Pick.MODEL and asked.chosen:
        model = _text(asked.chosen.removesuffix(BEGINS))
        test = f".str.startswith({model}, na=False)" if asked.chosen.endswith(BEGINS) else f" == {model}"
        return f'    devices = fleet.devices()\n    devices = list(devices[devices["model"]{test}].index)\n'
    return ""


def _reduction(asked: Asked) -> str:
    """Write what is done with the points before they are shown."""
    if asked.shape is Shape.BAND:
        return EXTREMES if asked.band is Band.EXTREMES else PERCENTILES
    if asked.shape is Shape.TABLE:
        return SUMMARY.format(groups=_text([*asked.by, "title", "period"]))
    return DISTRIBUTION if asked.shape is Shape.DISTRIBUTION else ""


def _last(start: str, end: str) -> str:
    back = start.removeprefix("now-")
    return _text(back) if end == "now" and back != start else f"({_text(start)}, {_text(end)})"


def _text(value: Any) -> str:
    """Write words, lists of them and dictionaries: in JSON they look as in Python."""
    return json.dumps(value, ensure_ascii=False)
