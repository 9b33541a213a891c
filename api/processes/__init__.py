"""The processes of an installation: each is composed, run and stopped here, alone or supervised."""
