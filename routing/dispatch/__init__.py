"""The dispatch loop: sees what changed, plans, and publishes what is better by more than it disturbs."""
