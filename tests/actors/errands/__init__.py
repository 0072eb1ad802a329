"""Tests of the errands, over simulated routers."""
