"""The stream: everything that knows NATS."""
