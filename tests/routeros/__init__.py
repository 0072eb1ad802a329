"""Tests of the vendor package."""
