"""Measurements against peers in the same run: ``python -m bench``; ratios count, absolute times do not."""
