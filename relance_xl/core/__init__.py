"""What dunning is, in plain records and pure functions: no files, no clock, no framework."""
