"""What everything rests on: errors, language, clock, progress, the system's faults in words."""
