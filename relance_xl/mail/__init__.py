"""What goes by email: messages, delivery to a folder, delivery by SMTP."""
