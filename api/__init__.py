"""Speaks to people: HTTP, live stream, command line, and the composition root of each process."""
