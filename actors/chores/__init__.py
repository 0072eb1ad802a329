"""What is done again and again; a new file with a ``Chore`` at module level is found and kept by the timekeeper."""
