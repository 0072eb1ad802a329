"""Restoring a device: which kinds there are, when each may be done, and what cannot carry over to other hardware."""

from routeros.restore.kinds import Kind, Mark, Origin, Unfit, loadable
from routeros.restore.replacement import Hardware, Loss, Port, losses

__all__ = ["Hardware", "Kind", "Loss", "Mark", "Origin", "Port", "Unfit", "loadable", "losses"]
