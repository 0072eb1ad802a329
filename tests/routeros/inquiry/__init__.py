"""Tests of what may be asked of a device."""
