"""Plans of changes: steps, their order, their inverses and their risks."""
