"""The resources of the API; a new file with a ``Resource`` at module level is served and documented."""
