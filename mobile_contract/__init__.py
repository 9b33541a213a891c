"""Spells what the phone and the server say to each other."""
