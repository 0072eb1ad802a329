"""A fleet of simulated RouterOS devices: for the demo, for tests and for whoever writes for RouterOS."""
