"""Where the sample region lies: real places of the Rhine valley, with their coordinates."""

from __future__ import annotations

from dataclasses import dataclass

from tracking.values.coordinates import Coordinate


@dataclass(frozen=True, slots=True)
class Place:
    """A place of the sample region."""

    name: str
    label: str
    town: str
    at: Coordinate


def _place(name: str, label: str, town: str, lat_deg: float, lon_deg: float) -> Place:
    return Place(name, label, town, Coordinate(lat_deg, lon_deg))


DEPOT = _place("depot-schaan", "Depot Schaan", "9494 Schaan", 47.1716, 9.5122)
BENCH = _place("bench-vaduz", "Repair bench Vaduz", "9490 Vaduz", 47.1496, 9.5172)

LOCKERS = (
    _place("locker-vaduz", "Locker Vaduz", "9490 Vaduz", 47.1410, 9.5209),
    _place("locker-schaan", "Locker Schaan station", "9494 Schaan", 47.1686, 9.5079),
    _place("locker-triesen", "Locker Triesen", "9495 Triesen", 47.1075, 9.5282),
    _place("locker-balzers", "Locker Balzers", "9496 Balzers", 47.0655, 9.5025),
    _place("locker-eschen", "Locker Eschen", "9492 Eschen", 47.2107, 9.5223),
    _place("locker-mauren", "Locker Mauren", "9493 Mauren", 47.2180, 9.5440),
    _place("locker-ruggell", "Locker Ruggell", "9491 Ruggell", 47.2380, 9.5250),
    _place("locker-buchs", "Locker Buchs station", "9470 Buchs SG", 47.1683, 9.4787),
    _place("locker-sevelen", "Locker Sevelen", "9475 Sevelen", 47.1217, 9.4861),
    _place("locker-grabs", "Locker Grabs", "9472 Grabs", 47.1825, 9.4440),
    _place("locker-haag", "Locker Haag", "9469 Haag", 47.2100, 9.4890),
    _place("locker-feldkirch", "Locker Feldkirch", "6800 Feldkirch", 47.2408, 9.6045),
    _place("locker-sargans", "Locker Sargans station", "7320 Sargans", 47.0446, 9.4459),
    _place("locker-rankweil", "Locker Rankweil", "6830 Rankweil", 47.2715, 9.6405),
)

SITES = (
    _place("hospital-vaduz", "Hospital Vaduz", "9490 Vaduz", 47.1340, 9.5170),
    _place("hospital-grabs", "Hospital Grabs", "9472 Grabs", 47.1812, 9.4515),
    _place("hospital-feldkirch", "Hospital Feldkirch", "6800 Feldkirch", 47.2572, 9.6182),
    _place("clinic-sargans", "Clinic Sargans", "7320 Sargans", 47.0490, 9.4410),
    _place("toolworks-schaan", "Tool works Schaan", "9494 Schaan", 47.1770, 9.5135),
    _place("dental-schaan", "Dental works Schaan", "9494 Schaan", 47.1590, 9.5060),
    _place("steering-eschen", "Steering works Eschen", "9492 Eschen", 47.2050, 9.5180),
    _place("coating-balzers", "Coating works Balzers", "9496 Balzers", 47.0710, 9.4990),
    _place("heating-vaduz", "Heating works Vaduz", "9490 Vaduz", 47.1530, 9.5150),
    _place("food-bendern", "Food works Bendern", "9487 Bendern", 47.2122, 9.5076),
    _place("machines-mauren", "Machine works Mauren", "9493 Mauren", 47.2150, 9.5380),
    _place("paper-ragaz", "Paper works Bad Ragaz", "7310 Bad Ragaz", 47.0060, 9.5050),
    _place("optics-sennwald", "Optics works Sennwald", "9466 Sennwald", 47.2590, 9.5050),
    _place("cables-gams", "Cable works Gams", "9473 Gams", 47.2040, 9.4415),
    _place("logistics-buchs", "Terminal Buchs", "9471 Buchs SG", 47.1600, 9.4760),
    _place("ceramics-nendeln", "Ceramics Nendeln", "9485 Nendeln", 47.1975, 9.5437),
    _place("clinic-triesenberg", "Clinic Triesenberg", "9497 Triesenberg", 47.1181, 9.5417),
    _place("chips-truebbach", "Chip works Trübbach", "9477 Trübbach", 47.0740, 9.4790),
)

COURIERS = (
    ("anna", "Anna Marxer"),
    ("beat", "Beat Frick"),
    ("carla", "Carla Hasler"),
    ("david", "David Ospelt"),
    ("elena", "Elena Büchel"),
    ("fabio", "Fabio Sele"),
    ("greta", "Greta Nigg"),
    ("hannes", "Hannes Wohlwend"),
)

REPAIRABLE = (
    "Infusion pump module",
    "Ventilator blower",
    "Patient monitor board",
    "X-ray high-voltage tank",
    "Ultrasound probe",
    "Dialysis pump head",
    "Defibrillator battery pack",
    "CT detector module",
    "MRI gradient amplifier",
    "Anaesthesia flow sensor",
    "Servo drive 4 kW",
    "Servo drive 11 kW",
    "Spindle motor",
    "Spindle encoder",
    "PLC processor",
    "PLC input card",
    "PLC output card",
    "Operator panel 12 in",
    "Operator panel 7 in",
    "Robot teach pendant",
    "Robot wrist axis",
    "Laser source 2 kW",
    "Laser chiller unit",
    "Vacuum pump rotary",
    "Vacuum gauge head",
    "Power supply 24 V 40 A",
    "Power supply 48 V 20 A",
    "UPS controller",
    "Frequency inverter 7.5 kW",
    "Frequency inverter 22 kW",
    "Safety relay module",
    "Light curtain receiver",
    "Barcode scanner head",
    "Label printer head",
    "Conveyor drive",
    "Weighing cell",
    "Network switch industrial",
    "Remote I/O head",
    "Camera smart 5 MP",
    "Hydraulic valve block",
)

CONSUMABLE = (
    "Fuse 10 A",
    "Fuse 25 A",
    "Drive belt 1200",
    "Drive belt 1800",
    "Air filter F7",
    "Oil filter",
    "Gasket set",
    "Infusion tubing set",
    "Breathing circuit",
    "Flow cell",
    "Bearing 6204",
    "Bearing 6308",
    "Seal ring 40",
    "Hydraulic hose 1/2",
    "Encoder cable 5 m",
    "Motor cable 10 m",
    "Printer ribbon",
    "Cooling fluid 5 l",
    "Grease cartridge",
    "Sensor M12",
)
