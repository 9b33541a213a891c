"""Rule: service starts inside a time window of its site; locked stops may come after it."""

from __future__ import annotations

from collections.abc import Iterator

from routing.check.structure import site_of
from routing.check.violation import Violation, is_locked, walk
from routing.plan import Plan
from routing.problem import Problem, TimeWindow


def windows(problem: Problem, plan: Plan) -> Iterator[Violation]:
    """No service starts too early, too late, or between two windows."""
    shipments = {shipment.id: shipment for shipment in problem.shipments}
    for vehicle, stops in walk(problem, plan):
        for k, stop in enumerate(stops):
            site = site_of(shipments[stop.shipment], stop) if stop.shipment in shipments else None
            if site is None or not site.windows:
                continue
            if is_locked(vehicle, stop) and stop.start_s >= site.windows[0].earliest_s:
                continue
            rule, amount = _missed(site.windows, stop.start_s)
            if amount:
                sentence = f"{stop.shipment} at {site.id} is served {amount} s outside its hours."
                yield Violation(rule, sentence, vehicle.id, k, stop.shipment, amount)


def _missed(hours: tuple[TimeWindow, ...], start_s: int) -> tuple[str, int]:
    """Return the rule that `start_s` breaks and the distance to the nearest window, or 0."""
    if any(window.earliest_s <= start_s <= window.latest_s for window in hours):
        return "", 0
    early_s = min((w.earliest_s - start_s for w in hours if w.earliest_s > start_s), default=None)
    late_s = min((start_s - w.latest_s for w in hours if w.latest_s < start_s), default=None)
    if late_s is None or (early_s is not None and early_s < late_s):
        return "window_too_early", early_s or 0
    return "window_too_late", late_s
