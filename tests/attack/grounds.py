"""What is attacked in the suite, and by whom."""

from __future__ import annotations

from dataclasses import dataclass

from bench.attack.document import Document, Operation
from bench.attack.filling import Filler
from bench.attack.house import House
from bench.attack.people import Door
from bench.attack.stock import Stock
from bench.attack.wire import Ask, Wire


@dataclass(frozen=True, slots=True)
class Ground:
    """The web server as it runs, and two tenants that have some of everything."""

    house: House
    door: Door
    document: Document
    north: Stock
    south: Stock

    @property
    def wire(self) -> Wire:
        return self.door.wire

    def ask(self, operation: Operation) -> Ask:
        """Make the request that an operation is meant for, by the south's things."""
        return Filler(self.document, self.wire, self.south).ask(operation)
