"""The kinds of device, a file for each; a new file is a new kind."""
