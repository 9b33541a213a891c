"""The compiled heart of the search, on arrays of whole numbers (numba is imported here alone)."""
