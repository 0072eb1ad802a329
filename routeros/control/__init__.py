"""What is done to a device that is no change of its configuration: a restart, or a sign to who stands by."""
