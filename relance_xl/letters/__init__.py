"""What goes by post: templates, LibreOffice, the invoice behind each letter, the file to print."""
