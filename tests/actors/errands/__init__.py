"""Tests of the errands."""
