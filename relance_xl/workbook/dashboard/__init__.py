"""The dashboard: its figures and the charts that show them."""
