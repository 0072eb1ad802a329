"""Tests of taking configurations from devices."""
