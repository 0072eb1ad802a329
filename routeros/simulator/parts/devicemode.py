"""What a device may be used for, whoever asks: ``/system/device-mode``. Only somebody beside it can widen it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta

from fleet.errors import BadInput
from fleet.versions import Version, version
from routeros.simulator.device.model import Model
from routeros.simulator.device.persona import Role
from routeros.simulator.outcome import Refused
from routeros.simulator.parts.boot import Boot
from routeros.simulator.parts.log import Log
from routeros.simulator.router import Router

BASIC_SINCE = Version(7, 17)
"""From here on there are basic and advanced, and devices come in the mode of their class; before, in enterprise."""

NOT_ALLOWED = "failure: not allowed by device-mode"
PATIENCE = timedelta(minutes=5)

FEATURES = (
    "scheduler", "socks", "fetch", "pptp", "l2tp", "bandwidth-test", "traffic-gen", "sniffer", "ipsec", "romon",
    "proxy", "hotspot", "smb", "email", "zerotier", "container",
)  # fmt: skip
NEWER = ("install-any-version", "partitions", "routerboard")
"""Features that came with basic and advanced."""

OLDEST = {7: Version(7, 13), 6: Version(6, 49, 8)}
"""The oldest versions that may be installed without ``install-any-version``, by their major number."""

_HOME = frozenset({"pptp", "l2tp", "ipsec", "smb"})
_NEVER = frozenset({"container", *NEWER})
_BASIC = frozenset(FEATURES) - _NEVER - {"socks", "bandwidth-test", "traffic-gen", "proxy", "hotspot", "zerotier"}
_ALLOWED: Mapping[str, frozenset[str]] = {
    "home": _HOME,
    "basic": _BASIC,
    "advanced": frozenset(FEATURES) - _NEVER - {"traffic-gen"},
    "enterprise": frozenset(FEATURES) - {"container"},
}
_GUARDED = frozenset({"scheduler", "socks", "pptp", "l2tp", "ipsec", "proxy", "smb", "bandwidth-test"})
"""What a flagged device refuses too."""


def modes(running: Version) -> tuple[str, ...]:
    """Tell the modes of a version."""
    return ("advanced", "basic", "home") if running >= BASIC_SINCE else ("enterprise", "home")


def features(running: Version) -> tuple[str, ...]:
    """Tell the features of a version."""
    return (*FEATURES, *NEWER) if running >= BASIC_SINCE else FEATURES


def delivered(model: Model) -> str:
    """Tell the mode in which a device comes: by its class where it was made with 7.17 or later."""
    if model.version < BASIC_SINCE:
        return "enterprise"
    factory = model.persona.factory
    if not factory or version(factory) < BASIC_SINCE:
        return "advanced"
    name = model.persona.board.name
    if name.startswith(("CCR", "RB1100")):
        return "advanced"
    return "home" if model.persona.role is Role.ACCESS_POINT or name.startswith(("hAP", "hEX")) else "basic"


@dataclass(eq=False, slots=True)
class Waiting:
    """An update that waits for somebody to press the button, until a time in seconds since 1970."""

    said: Mapping[str, str]
    until: float
    stop: Callable[[], None]


class DeviceMode:
    """A part of a router. ``said`` are the features that were turned on or off by hand."""

    def __init__(self, router: Router) -> None:
        self._router = router
        self.mode = delivered(router.model)
        self.said: dict[str, bool] = {}
        self.flagged = False
        self.flagging = True
        self.attempts = 0
        self.waiting: Waiting | None = None
        router.down.append(self.cancel)

    def allows(self, feature: str) -> bool:
        """Tell whether a feature may be used."""
        if self.flagged and self.flagging and feature in _GUARDED:
            return False
        return self.said.get(feature, feature in _ALLOWED[self.mode])

    def require(self, feature: str) -> None:
        """Raise Refused where a feature may not be used."""
        if not self.allows(feature):
            raise Refused(NOT_ALLOWED)

    def require_version(self, wanted: Version) -> None:
        """Raise Refused where a version may not be installed: old ones have holes that are known."""
        if self._router.model.version >= BASIC_SINCE and wanted < OLDEST.get(wanted.major, wanted):
            self.require("install-any-version")

    def set(self, mode: str, *, flagged: bool = False) -> None:
        """Bring a device into a mode as if it had come so; for tests and demonstrations."""
        self.mode, self.flagged = mode, flagged
        self.said.clear()
        self._router.step()

    def come_in(self, mode: str) -> None:
        """Do ``set`` for whoever steers the simulator; ``flagged`` is a mode here. Raises BadInput."""
        known = (*modes(self._router.model.version), "flagged")
        if mode not in known:
            raise BadInput(f"There is no mode {mode!r}.", f"Choose one of: {', '.join(known)}.")
        self.set(self.mode if mode == "flagged" else mode, flagged=mode == "flagged")

    def ask(self, said: Mapping[str, str], patience: timedelta = PATIENCE) -> Waiting:
        """Wait for the button; a second update beside one that waits cancels both."""
        if self.waiting is not None:
            self.cancel()
            raise Refused("failure: another update is in progress, both are cancelled")
        self.attempts += 1
        until = self._router.now() + patience.total_seconds()
        self.waiting = Waiting(said, until, self._router.timers.later(patience, self.cancel))
        return self.waiting

    def cancel(self) -> None:
        """Give up what waits."""
        if self.waiting is not None:
            self.waiting.stop()
            self.waiting = None

    def press(self) -> bool:
        """Press the button: what waits becomes true and the router restarts."""
        done = self.confirm()
        if done:
            self._router.part(Boot).restart()
        return done

    def confirm(self) -> bool:
        """Let what waits become true, as the button does and a loss of power too; a restart follows."""
        if self.waiting is None:
            return False
        said = self.waiting.said
        self.cancel()
        self._become(said)
        self._router.part(Log).add("system,info,critical", f"device-mode changed to {self.mode}")
        return True

    def _become(self, said: Mapping[str, str]) -> None:
        self.attempts = 0
        if "mode" in said:
            self.set(said["mode"], flagged=self.flagged)
        for name, value in said.items():
            if name == "flagged":
                self.flagged = value == "true"
            elif name == "flagging-enabled":
                self.flagging = value == "true"
            elif name != "mode":
                self.said[name] = value == "true"
