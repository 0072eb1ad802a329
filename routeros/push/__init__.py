"""Changing a device so that it is never lost: the nets, the steps, and how it is seen what came of them."""
