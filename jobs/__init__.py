"""Ray jobs: work that runs once and ends."""
