"""A rollout over a whole fleet: what it takes beside its forecast, what stops it, and what polling has of it."""
