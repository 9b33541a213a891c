"""Orders: what a site needs, by when, and how far it has come."""
