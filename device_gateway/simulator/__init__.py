"""Devices that are not there, speaking the real protocols over a real broker."""
