"""Webhooks: who is told of events over HTTP, and what has been told to whom."""
