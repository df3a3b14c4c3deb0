"""The sheet of calls to make and of what came of them."""
