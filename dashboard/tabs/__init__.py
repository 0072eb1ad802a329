"""The tabs of a device's page, one file each; a new file here is found by itself."""
