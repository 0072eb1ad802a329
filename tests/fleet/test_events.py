"""Events survive the wire; what is not an event is refused."""

from datetime import UTC, datetime
from uuid import uuid4

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fleet import events
from fleet.device import State
from fleet.families import Cycle
from fleet.inventory import Fact, Item

numbers = st.none() | st.integers(-(2**63), 2**63 - 1) | st.floats(allow_nan=False)
instants = st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))


@given(instants, st.lists(st.tuples(numbers, numbers)), st.text())
def test_an_event_survives_the_wire(at: datetime, values: list[tuple[float, float]], label: str) -> None:
    rows = events.FamilyRows("interfaces", ("a", "b"), ((label,),) * len(values), tuple(values))
    event = events.DeviceMetricsEvent(tenant_id=uuid4(), device_id=uuid4(), at=at, cycle=Cycle.FAST, families=(rows,))
    assert events.decode(events.encode(event)) == event


@given(instants, st.dictionaries(st.text(), st.text() | st.booleans() | numbers.filter(lambda n: n is not None)))
def test_an_inventory_survives_the_wire(at: datetime, facts: dict[str, Fact]) -> None:
    kinds = (events.KindItems("users", (Item("ann", facts),), 7, ("seen",)),)
    event = events.DeviceInventoryEvent(tenant_id=uuid4(), device_id=uuid4(), at=at, kinds=kinds)
    decoded = events.decode(events.encode(event))
    assert decoded == event
    assert isinstance(decoded, events.DeviceInventoryEvent)
    told = decoded.kinds[0].items[0].facts
    assert {name: type(fact) for name, fact in told.items()} == {name: type(fact) for name, fact in facts.items()}


def test_an_event_of_an_older_schema_is_read() -> None:
    event = events.DeviceStatusEvent(tenant_id=uuid4(), device_id=uuid4(), at=datetime.now(UTC), state=State.UP)
    fields = msgspec.msgpack.decode(events.encode(event))
    del fields["duration_seconds"], fields["schema"]
    fields["unknown_to_us"] = 1
    assert events.decode(msgspec.msgpack.encode(fields)) == event


@pytest.mark.parametrize("data", [b"", b"\xc1", b"not msgpack", msgspec.msgpack.encode({"event": "NoSuchEvent"})])
def test_garbage_is_refused(data: bytes) -> None:
    with pytest.raises(msgspec.DecodeError):
        events.decode(data)


def test_no_event_has_room_for_a_secret() -> None:
    fields = {f for kind in (events.DeviceStatusEvent, events.DeviceMetricsEvent) for f in kind.__struct_fields__}
    assert not fields & {"secret", "password", "config", "username"}
