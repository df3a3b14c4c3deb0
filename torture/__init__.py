"""Sends killed again and again: nothing is sent twice, nothing is forgotten. `python -m torture.send_kills`."""
