"""What the interfaces of a router have counted, as it is shown."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from routeros.simulator.device import measures
from routeros.simulator.device.model import Model
from routeros.simulator.device.noise import Floats


@dataclass(slots=True)
class Meter:
    """The interfaces' counters as they are shown: those of a disabled interface stand still.

    ``stopped`` and ``missed`` hold columns of counts by the place of the interface.
    """

    model: Model
    stopped: dict[int, Floats] = field(default_factory=dict)
    missed: dict[int, Floats] = field(default_factory=dict)

    def read(self, at: float) -> Floats:
        """Tell the counts: bytes, packets, errors, drops, queue drops; received and sent for each interface."""
        now = measures.traffic(self.model, np.array([at]))
        counts = np.stack([now.bytes, now.packets, now.errors, now.drops, now.queue_drops])
        counts = counts.reshape(5, 2, len(self.model.interfaces))
        for place, missed in self.missed.items():
            counts[:, :, place] -= missed
        for place, standing in self.stopped.items():
            counts[:, :, place] = standing
        return counts

    def stop(self, place: int, at: float) -> None:
        """Let an interface's counters stand still."""
        self.stopped[place] = self.read(at)[:, :, place].copy()

    def start(self, place: int, at: float) -> None:
        """Let them go on from where they stood."""
        standing = self.stopped.pop(place, None)
        if standing is not None:
            self.missed[place] = self.missed.get(place, 0) + self.read(at)[:, :, place] - standing

    def reboot(self) -> None:
        """Start from 0, with what is disabled still disabled."""
        self.missed.clear()
        for standing in self.stopped.values():
            standing[:] = 0
