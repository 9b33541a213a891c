"""E-mails that tell people of alerts."""
