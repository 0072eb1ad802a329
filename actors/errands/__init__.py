"""What owners of devices can do with them: each file declares one kind of errand, and a loader finds it."""
