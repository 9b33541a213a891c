"""Who speaks: people and devices, what each may do, and how each proves it."""
