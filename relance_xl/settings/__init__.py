"""The settings file and the dossier that it describes."""
