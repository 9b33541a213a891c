"""Labels of returns: what stands on them, as PDF and as ZPL, with a GS1 DataMatrix that scanners read."""
