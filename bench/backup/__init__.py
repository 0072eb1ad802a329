"""How long the backups of a whole fleet take, and whether a second run finds differences that are none."""
