"""The channels, one file each: ways to people and programs by which alerts are told."""
