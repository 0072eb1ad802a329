"""The rows of the table, one in a file."""
