"""What follows when rows move: rows, formulas, notes, drawings, lists that grow."""
