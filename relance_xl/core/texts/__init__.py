"""Texts that people type, read: amounts, dates, ticks, titles, addresses; and file names made of what they typed."""
