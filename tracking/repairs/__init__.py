"""The bench: work orders, test procedures, what repairs need and yield, and what becomes of each unit."""
