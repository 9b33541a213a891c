"""The routes of the API, one file a persona or subject; each view reads as one paragraph."""
