"""The stores: everything that knows SQL, OpenBao and Redis."""
