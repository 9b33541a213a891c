"""How long work at a stop takes: learned for each kind of step and each site from how long it took."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from math import exp
from typing import Protocol

from routing.robust import FOLDS, Shrinkage, fold_of, residuals_of
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

    `residuals` are those of the logarithms of observed over learned times (`routing.robust.FOLDS`).
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
    ratios = list(_log_ratios(observed, default_s, shrinkage))
    kinds, sites = _factors((entry for _, entry in ratios), shrinkage)
    left = [
        ratio - others[1].get(key, others[0].get(key[0], 0.0))
        for fold in range(FOLDS)
        for others in [_factors((entry for part, entry in ratios if part != fold), shrinkage)]
        for part, (key, ratio) in ratios
        if part == fold
    ]
    return LearnedServiceTimes(dict(default_s), kinds, sites, residuals_of(sorted(left)))


_Key = tuple[StepKind, str]


def _log_ratios(
    observed: Iterable[ObservedService], default_s: Mapping[StepKind, int], shrinkage: Shrinkage
) -> Iterator[tuple[int, tuple[_Key, float]]]:
    """Yield the fold, kind and site of each observation that is no outlier, and how much longer it took."""
    for service in observed:
        ratio = shrinkage.log_ratio(service.dwell_s, default_s.get(service.kind, 0))
        if ratio is not None:
            yield fold_of(service), ((service.kind, service.site_id), ratio)


def _factors(
    ratios: Iterable[tuple[_Key, float]], shrinkage: Shrinkage
) -> tuple[dict[StepKind, float], dict[_Key, float]]:
    by_kind: dict[StepKind, list[float]] = defaultdict(list)
    by_site: dict[_Key, list[float]] = defaultdict(list)
    for key, ratio in ratios:
        by_kind[key[0]].append(ratio)
        by_site[key].append(ratio)
    kinds = {kind: shrinkage.learned(own) for kind, own in by_kind.items()}
    return kinds, {key: shrinkage.learned(own, kinds[key[0]]) for key, own in by_site.items()}
