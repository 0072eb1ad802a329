"""Server-sent events: what happens to a tenant's devices, told to many clients as it happens."""
