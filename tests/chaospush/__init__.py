"""Pushes that are interrupted everywhere: the device must hold what the record says, and never something between."""
