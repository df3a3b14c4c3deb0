"""A menu in LibreOffice Calc: an extension built from text, with the command of this installation in it."""
