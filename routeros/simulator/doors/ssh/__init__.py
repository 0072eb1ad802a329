"""The SSH service of simulated routers: commands, a terminal and files."""
