"""How long work at a stop takes: learned for each kind of step and each site from how long it took."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from math import exp
from typing import Protocol

from routing.robust import Shrinkage, residuals_of
from tracking.fleet.stops import StepKind

SERVICE_SHRINKAGE = Shrinkage(prior_weight=5.0, bound=4.0, outlier=10.0)


class ServiceTimes(Protocol):
    """Says how long a step takes."""

    def service_s(self, kind: StepKind, site_id: str) -> int:
        """Return the time of a step of a kind at a site (a locker, not a compartment), in s, at least 1."""
        ...


@dataclass(frozen=True, slots=True)
class ObservedService:
    """`dwell_s` is the time that one step took: a stop's, from arrival to done, shared by its steps."""

    kind: StepKind
    site_id: str
    dwell_s: float


@dataclass(frozen=True, slots=True)
class LearnedServiceTimes:
    """Implements `ServiceTimes`: the kind's `default_s`, times what was learned of the site or the kind.

    `residuals` are those of the logarithms of observed over learned times.
    """

    default_s: Mapping[StepKind, int]
    by_kind: Mapping[StepKind, float] = field(default_factory=dict)
    by_site: Mapping[tuple[StepKind, str], float] = field(default_factory=dict)
    residuals: tuple[float, ...] = ()

    def service_s(self, kind: StepKind, site_id: str) -> int:
        """Return whole seconds."""
        log = self.by_site.get((kind, site_id), self.by_kind.get(kind, 0.0))
        return max(1, round(self.default_s[kind] * exp(log)))


def learn_services(
    observed: Iterable[ObservedService],
    default_s: Mapping[StepKind, int],
    shrinkage: Shrinkage = SERVICE_SHRINKAGE,
) -> LearnedServiceTimes:
    """Return what `observed`, in any order, says of `default_s`.

    A kind's factor is the median of observed over default, shrunk to 1; a site's the median of its own,
    shrunk to the kind's.
    """
    by_kind: dict[StepKind, list[float]] = defaultdict(list)
    by_site: dict[tuple[StepKind, str], list[float]] = defaultdict(list)
    for service in observed:
        ratio = shrinkage.log_ratio(service.dwell_s, default_s.get(service.kind, 0))
        if ratio is not None:
            by_kind[service.kind].append(ratio)
            by_site[service.kind, service.site_id].append(ratio)
    kinds = {kind: shrinkage.learned(ratios) for kind, ratios in by_kind.items()}
    sites = {key: shrinkage.learned(ratios, kinds[key[0]]) for key, ratios in by_site.items()}
    left = [ratio - sites[key] for key, ratios in by_site.items() for ratio in ratios]
    return LearnedServiceTimes(dict(default_s), kinds, sites, residuals_of(sorted(left)))
