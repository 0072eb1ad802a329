"""The attack on the public face, a slice of it, and hostile input."""
