"""For who knows no commands: questions, a menu, files to double-click."""
