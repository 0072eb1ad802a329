"""Tests of what is known of a device that is upgraded."""
