"""Texts as people type them: amounts, dates, ticks, titles, addresses, file names."""
