"""Pushes: what is done on a device."""
