"""Rows that come, go and move, and what stands around and looks at them."""
