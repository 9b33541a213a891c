"""A file of opening stock of any length, and the parts and places that it names."""

from __future__ import annotations

import random

from tests.world import NOW
from tracking.sheets.reading import read_sheet
from tracking.sheets.service import KINDS, import_sheet
from tracking.store.unit_of_work import Store

HEADER = "location_id,part_number,serial,condition,quantity\n"


def opening_stock(rows: int, locations: int) -> str:
    """Return a file of opening stock, about seven rows of ten with a serial."""
    dice, lines, counted = random.Random(7), [HEADER.strip()], set()
    while len(lines) <= rows:
        place = f"shelf-{dice.randrange(locations)}"
        part = dice.randrange(200)
        if part % 10 < 7:
            lines.append(f"{place},R-{part},SN-{len(lines)},{dice.choice(('new', 'refurbished', ''))},")
        elif (place, part) not in counted:
            counted.add((place, part))
            lines.append(f"{place},C-{part},,,{dice.randrange(1, 50)}")
    return "\n".join(lines) + "\n"


def add_shelves(store: Store, locations: int) -> None:
    """Import 200 parts, a supplier and so many locations."""
    header = "part_number,name,kind,weight_g,volume_cm3,value_cents\n"
    parts = "".join(
        f"R-{n},Part {n},repairable,1,1,1\n" if n % 10 < 7 else f"C-{n},Part {n},consumable,1,1,1\n"
        for n in range(200)
    )
    places = "".join(f"shelf-{n},stocking_location,Shelf {n},47.{n},9.{n}\n" for n in range(locations))
    for kind, text in (
        ("parts", header + parts),
        ("locations", "location_id,kind,name,lat_deg,lon_deg\nsupplier,supplier,Supplier,,\n" + places),
    ):
        with store.writing() as uow:
            import_sheet(uow, read_sheet(KINDS[kind], text.encode()), "test", NOW)
            uow.commit()
