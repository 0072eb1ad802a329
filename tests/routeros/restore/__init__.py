"""Tests of what a restore may do and what it cannot."""
