"""The embedded servers: each a context manager over one state directory."""
