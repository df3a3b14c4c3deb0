"""The append-only truth of what was prepared, sent and refused, and the lock around it."""
