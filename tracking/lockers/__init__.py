"""Parts lockers: what they say of themselves, the commands to them, and withdrawals."""
