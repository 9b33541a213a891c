"""Couriers: who drives, when, where they are, what they shall do, and what they report."""
