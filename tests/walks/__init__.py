"""The walks of ARCHITECTURE.md, over the real servers."""
