"""Builds the compiled parser; everything else is declared in pyproject.toml."""

from setuptools import Extension, setup

# Optional: without a compiler or Python's headers the installation goes on, and pure Python does the same work.
setup(ext_modules=[Extension("routeros._words", ["routeros/_words.c"], optional=True)])
