"""Tests of the rollouts' pure part."""
