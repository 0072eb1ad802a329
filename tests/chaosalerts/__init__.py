"""Alerts of simulated histories: a week without faults of ours, and hours in which everybody is killed."""
