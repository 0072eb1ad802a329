"""How many files this process and its children may hold open."""

from __future__ import annotations

import resource

from fleet.errors import StartRefused

NEEDED = 4096
WANTED = 65536


def open_files() -> int:
    """Raise the soft limit towards what a fleet needs and return it; children inherit it.

    Raises StartRefused where the hard limit is too low.
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    ceiling = WANTED if hard == resource.RLIM_INFINITY else min(hard, WANTED)
    if ceiling < NEEDED:
        raise StartRefused(
            f"Only {hard} open files are allowed to a process here, and Flotilla needs {NEEDED}.",
            f"Raise the limit with `ulimit -Hn {NEEDED}` as root, or in /etc/security/limits.conf.",
        )
    if soft != resource.RLIM_INFINITY and soft < ceiling:
        resource.setrlimit(resource.RLIMIT_NOFILE, (ceiling, hard))
        return ceiling
    return soft
