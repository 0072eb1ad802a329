"""How a device is upgraded: what it is before, its packages brought, the restart, and what it is after."""
