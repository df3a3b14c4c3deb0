"""Messages, servers, mailboxes."""
