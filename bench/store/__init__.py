"""The metric store measured: what storing, rolling up and reading cost, beside the usual ways of doing it."""
