"""The compiled heart of the search: whole-number arrays in, whole-number arrays out (numba is imported here alone)."""
