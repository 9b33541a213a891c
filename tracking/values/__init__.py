"""Values that every room of the house shares: coordinates, geodesy, money, ids, times, errors, events."""
