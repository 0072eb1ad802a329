"""Long-lived Ray actors: pollers and writers, plain classes that a group makes remote."""
