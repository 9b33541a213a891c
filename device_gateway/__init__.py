"""Hears devices and commands lockers; paho-mqtt is imported here alone."""
