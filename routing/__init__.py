"""Decides what should happen next; OR-Tools is imported here alone."""
