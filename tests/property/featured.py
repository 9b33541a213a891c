"""Random problems in which every rule of a vehicle and a shipment occurs: no plan of them is known."""

from __future__ import annotations

import random
from dataclasses import replace

import numpy as np

from routing.problem import Problem, Shipment, Travel, Vehicle
from tests.property.planted import free_problem


def featured_problem(seed: int) -> Problem:
    """A free problem whose couriers have limits of driving, overtime, stacking and pieces, and own roads."""
    chance = random.Random(seed)
    asked = free_problem(seed)
    slow = np.asarray(asked.travel.duration_s).astype(np.int64)
    roads = Travel(np.where(slow < 10_000_000, slow * 3 // 2, slow), asked.travel.distance_m)
    names = [vehicle.id for vehicle in asked.vehicles]
    return replace(
        asked,
        vehicles=tuple(_featured_vehicle(chance, vehicle) for vehicle in asked.vehicles),
        shipments=tuple(_featured_shipment(chance, shipment, names) for shipment in asked.shipments),
        profiles={"bike": roads},
    )


def _featured_vehicle(chance: random.Random, vehicle: Vehicle) -> Vehicle:
    changes: dict[str, object] = {"items": chance.choice((2, 4, 100)), "co2e_millicents_per_m": 3}
    if chance.random() < 0.3:
        changes["lifo"] = True
    if chance.random() < 0.3:
        changes["max_driving_s"] = chance.randint(1000, 9000)
    if chance.random() < 0.4:
        changes |= {"max_stretch_s": chance.randint(600, 4000), "driven_s": chance.randint(0, 900)}
    if chance.random() < 0.5:
        changes |= {
            "overtime_s": chance.randint(0, 3000),
            "overtime_millicents_per_s": chance.randint(0, 5000),
        }
    if chance.random() < 0.3:
        changes["profile"] = "bike"
    if chance.random() < 0.3:
        changes["fixed_cents"] = chance.randint(1, 5000)
    return replace(vehicle, **changes)  # type: ignore[arg-type]


def _featured_shipment(chance: random.Random, shipment: Shipment, names: list[str]) -> Shipment:
    changes: dict[str, object] = {}
    if shipment.pickups or shipment.weight_g:
        changes["items"] = chance.randint(0, 2)
    if chance.random() < 0.4:
        changes |= {"back_weight_g": chance.randint(0, 2000), "back_items": chance.randint(0, 2)}
    if chance.random() < 0.4 and names:
        changes |= {
            "told": chance.choice([*names, "somebody else"]),
            "told_millicents": chance.randint(0, 300_000),
        }
    return replace(shipment, **changes)  # type: ignore[arg-type]
