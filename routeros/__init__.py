"""The vendor: RouterOS words, connections, collectors, and a simulator of routers."""
