"""The ways into a router: the API in plain and over TLS, SSH, WinBox, and who is let in."""
