"""The domain of Flotilla: pure values and functions that every other package speaks."""
