"""What a rule reads, as it is stored: of each instance of a device its times and values, as whole arrays."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
from sqlalchemy import Double, cast, func, literal, select, union_all
from sqlalchemy.orm import Session
from sqlalchemy.sql.elements import ColumnElement
from sqlalchemy.sql.expression import FromClause

from db import binary, metric_tables, partials
from db.binary import Array
from db.partials import Role
from db.plans import Held, Piece
from db.ranges import Range
from db.rows import between, of_these
from fleet.alerts.judging import Reading
from fleet.alerts.readings import JOINED
from fleet.alerts.rule import Operator, Rule, Test
from fleet.families import Family, Storage
from fleet.identity import DeviceId
from fleet.resolutions import ROWS, Reduction, Resolution, part

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Asked:
    """What is read for a rule: its family, the pieces of the past, finest last, and what of it is compared."""

    rule: Rule
    family: Family
    pieces: tuple[Piece, ...]

    @property
    def coarse(self) -> bool:
        """Tell whether a part of it is known by its means alone."""
        return any(piece.resolution.span for piece in self.pieces)


@dataclass(frozen=True, slots=True)
class Stored:
    """One instance of a device as a ``fleet.alerts.replay.Series``; a value that was not told is NaN."""

    rule: Rule
    key: str
    times: Array
    values: Array
    _begins: Array = field(init=False)
    _ends: Array = field(init=False)
    _bases: Array | None = field(init=False)

    def __post_init__(self) -> None:
        if self.rule.condition.test is Test.CHANGES:
            self._count()
            return
        condition, rated = self.rule.condition, self.rule.condition.test is Test.RATE
        bases = _bases(self.times, condition.over_seconds) if rated else None
        clear = condition.threshold
        if condition.clear is not None and condition.operator is not Operator.IS:
            clear = condition.clear
        with np.errstate(invalid="ignore", divide="ignore"):
            compared = self.values if bases is None else _rates(self.times, self.values, bases)
            begins = _beyond(condition.operator, compared, condition.threshold)
            lasting = _beyond(condition.operator, compared, clear)
        object.__setattr__(self, "_begins", np.flatnonzero(begins & np.isfinite(compared)))
        object.__setattr__(self, "_ends", np.flatnonzero(~(lasting & np.isfinite(compared))))
        object.__setattr__(self, "_bases", bases)

    def _count(self) -> None:
        """Find where a value becomes another one: from the first on all must be told for changes to be counted."""
        told = np.flatnonzero(~np.isnan(self.values))
        changed = told[1:][self.values[told][1:] != self.values[told][:-1]]
        object.__setattr__(self, "_begins", changed)
        object.__setattr__(self, "_ends", np.arange(len(self.times)))
        object.__setattr__(self, "_bases", np.zeros(len(self.times), "i8"))

    def __len__(self) -> int:
        return len(self.times)

    @property
    def quiet(self) -> bool:
        """Tell whether nothing in it begins an alert."""
        return not len(self._begins)

    def reading(self, place: int) -> Reading:
        """Tell the reading at a place."""
        value = float(self.values[place])
        return Reading(instant(self.times[place]), None if value != value else value)

    def begins(self, place: int) -> int:
        """Tell the next place whose reading may begin an alert."""
        return self._next(self._begins, place)

    def ends(self, place: int) -> int:
        """Tell the next place whose reading may end one."""
        return self._next(self._ends, place)

    def base(self, place: int) -> int:
        """Tell from where on a reading is measured: that of a rate from a span before."""
        return place if self._bases is None else max(0, int(self._bases[place]))

    def _next(self, places: Array, place: int) -> int:
        found = int(np.searchsorted(places, place))
        return int(places[found]) if found < len(places) else len(self.times)


def pieces(spanned: Range, held: Held) -> tuple[Piece, ...]:
    """Cut a range: raw rows as far back as they are kept, before that five minutes, before that hours."""
    found: list[Piece] = []
    end = spanned.end
    for resolution in Resolution:
        since = max(spanned.start, held[resolution].since)
        if resolution.span and since < end:
            since = resolution.bucket(since + resolution.span - _MICROSECOND)
        if since < end:
            found.insert(0, Piece(resolution, since, end))
            end = since
    return tuple(found)


def busy(session: Session, asked: Asked, devices: Sequence[DeviceId]) -> list[DeviceId]:
    """Tell which of some devices may have a reading that begins an alert, in their order."""
    condition = asked.rule.condition
    if condition.test is not Test.VALUE:
        moved = _moved(session, asked, devices)
        return [device for device in devices if device in moved]
    found: set[DeviceId] = set()
    for piece in asked.pieces:
        view = metric_tables.readable(asked.family, piece.resolution)
        value, limit = _value(asked, view, piece.resolution), literal(condition.threshold, Double)
        beyond = {
            Operator.ABOVE: value > limit,
            Operator.BELOW: value < limit,
            Operator.IS: value == limit,
        }[condition.operator]
        inside = of_these(view, devices), *between(view, piece.start, piece.end), beyond
        found.update(map(DeviceId, session.scalars(select(view.c.device_id).where(*inside).distinct())))
    return [device for device in devices if device in found]


def _moved(session: Session, asked: Asked, devices: Sequence[DeviceId]) -> Collection[DeviceId]:
    """Tell which devices have an instance whose values lie far enough apart for the rate, or for any change."""
    condition = asked.rule.condition
    rising = condition.threshold if condition.operator is Operator.ABOVE else -condition.threshold
    if condition.test is Test.RATE and (condition.operator is Operator.IS or rising <= 0):
        return devices
    need = rising * condition.over_seconds if condition.test is Test.RATE else 0.0
    rows = union_all(*(_rows(asked, piece, devices) for piece in asked.pieces)).subquery()
    instance = [rows.c[name] for name in ("device_id", *asked.family.labels)]
    known = func.nullif(rows.c.value, literal("NaN", Double))
    far = func.max(known) - func.min(known) > literal(need, Double)
    return set(map(DeviceId, session.scalars(select(rows.c.device_id).group_by(*instance).having(far).distinct())))


def read(session: Session, asked: Asked, devices: Sequence[DeviceId]) -> Iterator[tuple[DeviceId, list[Stored]]]:
    """Read all instances of some devices, device by device; an instance that is not told in a poll is not there."""
    labels = asked.family.labels
    rows = union_all(*(_rows(asked, piece, devices) for piece in asked.pieces)).subquery()
    instance = [rows.c[name] for name in ("device_id", *labels)]
    arrays = [func.array_send(func.array_agg(rows.c[name])) for name in ("time", "value")]
    mine: list[tuple[str, Array, Array]] = []
    last: DeviceId | None = None
    for device, *words, times, values in session.execute(
        select(*instance, *arrays).group_by(*instance).order_by(*instance)
    ):
        if last is not None and device != last:
            yield last, _aligned(asked.rule, mine)
            mine = []
        last = DeviceId(device)
        mine.append((JOINED.join(words), *_sorted(binary.decode_times(times), binary.decode(values, Storage.DOUBLE))))
    if last is not None:
        yield last, _aligned(asked.rule, mine)


def instant(at: Any) -> datetime:
    """Tell an instant of an array as everybody else does."""
    return _EPOCH + timedelta(microseconds=int(at.astype("i8")))


def _rows(asked: Asked, piece: Piece, devices: Sequence[DeviceId]) -> Any:
    view = metric_tables.readable(asked.family, piece.resolution)
    value = func.coalesce(_value(asked, view, piece.resolution), literal("NaN", Double)).label("value")
    names = ("time", "device_id", *asked.family.labels)
    inside = of_these(view, devices), *between(view, piece.start, piece.end)
    return select(*(view.c[name] for name in names), value).where(*inside)


def _value(asked: Asked, view: FromClause, resolution: Resolution) -> ColumnElement[Any]:
    """Write what is compared: a field, or its share of another; nothing where only the time matters."""
    condition = asked.rule.condition
    if condition.test is Test.ABSENT:
        return literal(0.0, Double)
    value = _field(asked.family, condition.field, view, resolution)
    if not condition.share_of:
        return value
    return value / func.nullif(_field(asked.family, condition.share_of, view, resolution), literal(0.0, Double))


def _field(family: Family, name: str, view: FromClause, resolution: Resolution) -> ColumnElement[Any]:
    """Write a column as a number: of a roll-up its mean or the last of it; what grew in a bucket is no reading."""
    column = family.column(name)
    if not resolution.span:
        return cast(view.c[name], Double)
    if column.storage is Storage.DOUBLE:
        count = func.coalesce(view.c[part(name, Reduction.COUNT)], view.c[ROWS])
        return view.c[part(name, Reduction.SUM)] / func.nullif(cast(count, Double), literal(0.0, Double))
    if partials.role(family, column) is Role.INCREASE:
        return cast(literal(None), Double)
    return cast(view.c[part(name, Reduction.LAST)], Double)


def _sorted(times: Array, values: Array) -> tuple[Array, Array]:
    if np.all(times[1:] > times[:-1]):
        return times, values
    order = np.argsort(times, kind="stable")
    return times[order], values[order]


def _aligned(rule: Rule, found: Sequence[tuple[str, Array, Array]]) -> list[Stored]:
    """Give all instances of a device the times at which any was told: one that is missing then has no value."""
    times = found[0][1] if len(found) == 1 else np.unique(np.concatenate([one[1] for one in found]))
    made: list[Stored] = []
    for key, mine, values in found:
        if len(mine) < len(times):
            whole = np.full(len(times), np.nan)
            whole[np.searchsorted(times, mine)] = values
            values = whole
        made.append(Stored(rule, key, times, values))
    return made


def _bases(times: Array, over_seconds: float) -> Array:
    """Tell for each time the place of the newest one that lies a span before; -1 for none."""
    span = np.timedelta64(timedelta(seconds=over_seconds) // _MICROSECOND, "us")
    return np.searchsorted(times, times - span, side="right") - 1


def _rates(times: Array, values: Array, bases: Array) -> Array:
    spans = (times - times[bases]).astype("i8") / 1e6
    return np.where(bases >= 0, (values - values[bases]) / spans, np.nan)


def _beyond(operator: Operator, values: Array, limit: float) -> Array:
    found: Array = {Operator.ABOVE: np.greater, Operator.BELOW: np.less, Operator.IS: np.equal}[operator](
        values, limit
    )
    return found
