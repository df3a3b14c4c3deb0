"""A batch from plan to delivered: prepared, delivered, reported."""
