"""Values that every room of the house shares: coordinates, geodesy, ids, times, errors, events."""
