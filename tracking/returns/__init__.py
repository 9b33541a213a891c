"""Returns: parts that come back, from the announcement to the bench."""
