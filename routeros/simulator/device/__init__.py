"""What a simulated device is and measures: pure functions of seed, index and time."""
