"""Sheets: CSV files of the catalogue, places, stock and machines, checked as a whole before they count."""
