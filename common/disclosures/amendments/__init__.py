"""Which row restates which: decided, stored, read back, and reviewed where nobody knows."""
