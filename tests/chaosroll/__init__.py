"""Rollouts that are interrupted everywhere: each device is upgraded once or has a true reason, parents last."""
