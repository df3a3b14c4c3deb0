"""The FEC, the file of entries that every French accounting program exports (article A47 A-1 of the livre des procédures fiscales)."""
