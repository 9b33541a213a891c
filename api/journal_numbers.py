"""The journal's counts as metrics: the invariant of the hearing, for everybody to check."""

from __future__ import annotations

from tracking.telemetry.journal import Journal


def journal_numbers(journal: Journal) -> dict[str, int | float]:
    """Return the counts by kind and outcome; what was received is the sum of all the others."""
    return {
        f"{kind}_{outcome}": count
        for kind, outcomes in journal.counters().items()
        for outcome, count in outcomes.items()
    }
