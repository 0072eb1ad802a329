"""The tests; a package, because a library we use installs one of this name."""
