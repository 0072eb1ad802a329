"""Templates to begin with."""
