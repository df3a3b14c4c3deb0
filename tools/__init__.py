"""What the project needs to make itself: templates, the sample company, catalogs. Run as `python -m tools.NAME`."""
