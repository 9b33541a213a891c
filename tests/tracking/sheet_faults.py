"""Five hundred kinds of broken rows: for each column what may stand in it wrongly, and what is said of it."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass

from tests.world import FUSE, PUMP
from tracking.sheets.cells import LONGEST_CELL
from tracking.sheets.service import KINDS

OLD_SERIAL = "OLD-1"
OLD_MACHINE = ("old-machine", "X-Ray 7", "OLD-7")
SHELVES = 120
"""Locations `shelf-0` and so on: a line of consumables may be opened once at each."""

_IDENTIFIER = "must be 1 to 64 printable ASCII characters without spaces"
_NAME = "must be 1 to 64 characters: a-z, 0-9, and dashes that are not at an end"
_WHOLE = "must be a whole number, in digits alone"
_DEGREES = "must be decimal degrees, such as 47.141"
_COMMA = "must be written with a decimal point, not a comma"
_HS_CODE = "must be the 6 to 10 digits of an HS code, without dots"
_MODEL = "must be 1 to 64 printable characters without |"
_ZONE = "must be a time zone of the IANA database, such as Europe/Vaduz"
_PART_KINDS = "must be one of repairable, consumable"
_CONDITIONS = "must be one of new, refurbished, defective"
_SIZES = "must be one of small, medium, large"
_LOCATION_KINDS = (
    "must be one of depot, stocking_location, locker, compartment, van, customer_site, bench, supplier, "
    "scrap, unaccounted"
)
_HAZARDS = (
    "must be one of explosive, aerosol, flammable_gas, compressed_gas, toxic_gas, flammable_liquid, "
    "flammable_solid, oxidiser, toxic, infectious, radioactive, corrosive, lithium_battery, magnetised, "
    "dry_ice, other_dangerous"
)
_NO_NUMBERS = (
    *(
        "abc",
        "1.5",
        "1,5",
        "1e3",
        "0x10",
        "1 000",
        "1'000",
        "1_000",
        "\uff11\uff12",
        "\u0663",
        "\u00bd",
        "\u00b2",
    ),
    *("--1", "+5", "NaN", "inf", "1.", "1.0", ".5", "1-", "12g", "$5", "=1+1", "#REF!", "TRUE", "-", "10%"),
)
_NO_IDENTIFIERS = (
    *(
        "A B",
        "\u00c4-1",
        "x" * 65,
        "a\tb",
        "a\nb",
        "\u65e5\u672c",
        "a\u00a0b",
        "a\u200bb",
        "\ufeffA",
        "a\x7f",
    ),
    *("a\x01b", "\u20ac5", "1\u20132"),
)
_NO_NAMES = (
    *(
        "Depot",
        "depot_1",
        "-a",
        "a-",
        "a b",
        "\u00e4",
        "x" * 65,
        "a.b",
        "a/b",
        "#1",
        "a:b",
        "a,b",
        "@a",
        "a+b",
        "a\nb",
    ),
)
_NO_DEGREES = (
    *(
        "north",
        "47\u00b0",
        "47 8 27",
        "N47",
        "47.1N",
        "1e1",
        "--1",
        "+47",
        "47.",
        ".",
        ".5",
        "NaN",
        "inf",
        "0x2f",
    ),
    *("\uff14\uff17", "1234.5"),
)
_NO_WORDS = ("Repairable", "NEW", "none", "null", "0", "?", "n/a", "depots", "new ly", "small,")


@dataclass(frozen=True, slots=True)
class Broken:
    """One broken row: its one wrong cell, what else is unusual in the row, and what is to be said of it."""

    kind: str
    column: str
    value: str
    reason: str
    beside: dict[str, str]


def broken_rows() -> list[Broken]:
    """Return every kind of broken row once."""
    return [
        *_numbers(),
        *_identifiers(),
        *_names(),
        *_degrees(),
        *_texts(),
        *_words(),
        *_lists(),
        *_others(),
        *_everywhere(),
        *_beside_records(),
    ]


def template(kind: str, n: int) -> dict[str, str]:
    """Return the n-th good row of a kind."""
    return {
        "parts": {
            "part_number": f"GOOD-{n}",
            "name": "A part",
            "kind": "repairable",
            "weight_g": "1",
            "volume_cm3": "1",
            "value_cents": "1",
        },
        "locations": {
            "location_id": f"place-{n}",
            "kind": "depot",
            "name": "A place",
            "lat_deg": "47.1",
            "lon_deg": "9.5",
        },
        "machines": {
            "machine_id": f"machine-{n}",
            "site_id": "hospital",
            "model": "X-Ray 7",
            "serial": f"SN-{n}",
        },
        "stock": {"location_id": "depot", "part_number": PUMP, "serial": f"SN-{n}", "condition": "new"},
    }[kind]


def as_file(kind: str, rows: list[Broken]) -> str:
    """Return a file of these rows from line 2 on, each value in the cell of its column."""
    columns = [column.name for column in KINDS[kind].columns]
    file = io.StringIO(newline="")
    writer = csv.DictWriter(file, columns, restval="", lineterminator="\n")
    writer.writeheader()
    for n, row in enumerate(rows):
        writer.writerow(template(kind, n) | row.beside | {row.column: row.value})
    return file.getvalue()


def _numbers() -> Iterator[Broken]:
    for column, most in (("weight_g", 10**6), ("volume_cm3", 10**7), ("value_cents", 10**12)):
        yield from (Broken("parts", column, value, _WHOLE, {}) for value in _NO_NUMBERS)
        yield Broken("parts", column, "", "is missing", {})
        yield Broken("parts", column, "  ", "is missing", {})
        yield Broken("parts", column, "-1", "must be at least 0", {})
        yield Broken("parts", column, str(most + 1), f"must be at most {most}", {})
        yield Broken("parts", column, "9" * 30, f"must be at most {most}", {})
    for n, (value, reason) in enumerate(
        (
            *((value, _WHOLE) for value in _NO_NUMBERS),
            ("0", "must be at least 1"),
            ("-3", "must be at least 1"),
            ("1000000001", "must be at most 1000000000"),
            ("", "is missing: the part is a consumable, and is counted"),
        )
    ):
        yield Broken("stock", "quantity", value, reason, _counted(n))


def _counted(n: int) -> dict[str, str]:
    """Return what makes the n-th row of a file of stock a line of consumables."""
    return {"location_id": f"shelf-{n}", "part_number": FUSE, "serial": "", "condition": ""}


def _identifiers() -> Iterator[Broken]:
    for kind, column in (
        ("parts", "part_number"),
        ("machines", "machine_id"),
        ("machines", "serial"),
        ("stock", "part_number"),
        ("stock", "serial"),
    ):
        yield from (Broken(kind, column, value, _IDENTIFIER, {}) for value in _NO_IDENTIFIERS)
        if (kind, column) != ("stock", "serial"):
            yield Broken(kind, column, "", "is missing", {})


def _names() -> Iterator[Broken]:
    for kind, column in (("locations", "location_id"), ("machines", "site_id"), ("stock", "location_id")):
        yield from (Broken(kind, column, value, _NAME, {}) for value in _NO_NAMES)
        yield Broken(kind, column, " ", "is missing", {})
    for n, value in enumerate(_NO_NAMES):
        yield Broken("locations", "parent_id", value, _NAME, _door(n))


def _door(n: int) -> dict[str, str]:
    """Return what makes a row of a file of locations a compartment of the locker that is there."""
    return {"location_id": f"locker-schaan-cd{n}", "kind": "compartment", "parent_id": "locker-schaan"}


def _degrees() -> Iterator[Broken]:
    for column, most in (("lat_deg", 90), ("lon_deg", 180)):
        yield from (Broken("locations", column, value, _DEGREES, {}) for value in _NO_DEGREES)
        yield from (Broken("locations", column, value, _COMMA, {}) for value in ("47,141", "-9,5"))
        for value in (f"{most}.0001", f"-{most}.1", str(most + 1), "999"):
            yield Broken("locations", column, value, f"must lie between -{most} and {most}", {})


def _texts() -> Iterator[Broken]:
    for kind, column, longest in (
        ("parts", "name", 200),
        ("parts", "revision", 64),
        ("locations", "name", 200),
        ("locations", "address", 200),
    ):
        yield Broken(kind, column, "   ", "must not be of spaces alone", {})
        length = longest + 1
        reason = f"must have at most {longest} characters, not {length}"
        yield Broken(kind, column, "x" * length, reason, {})
        if column == "name":
            yield Broken(kind, column, "", "is missing", {})


def _words() -> Iterator[Broken]:
    for n, value in enumerate(_NO_WORDS):
        yield Broken("parts", "kind", value, _PART_KINDS, {})
        yield Broken("locations", "kind", value, _LOCATION_KINDS, {})
        yield Broken("stock", "condition", value, _CONDITIONS, {})
        yield Broken("locations", "compartment_size", value, _SIZES, _door(50 + n))
    for kind in ("parts", "locations"):
        yield Broken(kind, "kind", "", "is missing", {})


def _lists() -> Iterator[Broken]:
    for value in ("sharp", "Toxic", "toxic,corrosive", "9", "UN3480", "lithium"):
        yield Broken("parts", "hazards", value, f"{value!r} {_HAZARDS}", {})
        yield Broken("parts", "hazards", f"toxic {value}", f"{value!r} {_HAZARDS}", {})
    yield Broken("parts", "hazards", "toxic aerosol toxic", "names toxic twice", {})
    for value in _NO_IDENTIFIERS:
        if " " not in value:
            yield Broken("parts", "substitutes", f"{PUMP} {value}", f"{value!r} {_IDENTIFIER}", {})
    yield Broken("parts", "substitutes", f"{PUMP} {FUSE} {PUMP}", f"names {PUMP} twice", {})
    many = " ".join(f"S-{n}" for n in range(21))
    yield Broken("parts", "substitutes", many, "must name at most 20, not 21", {})
    for value, item in (("a||b", ""), ("|", ""), ("a|", ""), ("a|b\x01", "b\x01"), ("x" * 65, "x" * 65)):
        yield Broken("parts", "fits_models", value, f"{item!r} {_MODEL}", {})
    yield Broken("parts", "fits_models", "a|b|a", "names a twice", {})
    many = "|".join(f"m{n}" for n in range(201))
    yield Broken("parts", "fits_models", many, "must name at most 200, not 201", {})


def _others() -> Iterator[Broken]:
    for value in (
        *("8507", "85076", "85.07.60", "8507 60", "HS850760", "12345678901", "850760x", "-850760", "+850760"),
        *("\uff18\uff15\uff10\uff17\uff16\uff10", "85O760"),
    ):
        yield Broken("parts", "customs_code", value, _HS_CODE, {})
    for value in ("a|b", "x" * 65, "a\nb", "a\x07", "|"):
        yield Broken("machines", "model", value, _MODEL, {})
    yield Broken("machines", "model", "", "is missing", {})
    in_vaduz = {"zone": "Europe/Vaduz"}
    day, span = (
        "is no day or range of days: write Mo, Mo-Fr or Mo,We.",
        "is no span of time: write 08:00-17:00.",
    )
    for value, reason in (
        ("Mon 08:00-17:00", f"'Mon' {day}"),
        ("08:00-17:00", f"'08:00-17:00' {day}"),
        ("always", f"'always' {day}"),
        ("Mo-Xx 08:00-17:00", f"'Mo-Xx' {day}"),
        ("Mo 9-5", f"'9-5' {span}"),
        ("Mo 08:00", f"'08:00' {span}"),
        ("Mo 25:00-26:00", f"'25:00-26:00' {span}"),
        ("Mo", f"'' {span}"),
        (";", "Opening hours name no time at all: ';'."),
        ("Mo 08:00-12:00; Mo 13:00-14:00", "Opening hours name Mo twice: 'Mo 08:00-12:00; Mo 13:00-14:00'."),
        ("Mo 08:00-12:00,11:00-13:00", "Opening hours overlap on Mo: 'Mo 08:00-12:00,11:00-13:00'."),
    ):
        yield Broken("locations", "opening_hours", value, reason, in_vaduz)
    for value in ("Mars", "Europe", "Europe/Zuerich", "UTC+1", "../../etc/passwd", "12", "Europe/Vaduz2"):
        yield Broken("locations", "zone", value, _ZONE, {"opening_hours": "24/7"})


def _everywhere() -> Iterator[Broken]:
    """Yield what is wrong in any column: a NUL, and a cell that is far too long."""
    length = LONGEST_CELL + 1
    reason = f"must have at most {LONGEST_CELL} characters, not {length}"
    for kind in KINDS.values():
        for n, column in enumerate(kind.columns):
            beside = {}
            if (kind.name, column.name) == ("stock", "quantity"):
                beside = _counted(80)
            if column.name in ("opening_hours", "zone"):
                beside = {"opening_hours": "24/7", "zone": "Europe/Vaduz"}
            if column.name in ("parent_id", "compartment_size"):
                beside = _door(70 + n)
            yield Broken(kind.name, column.name, "a\0b", "holds a NUL character", beside)
            if (kind.name, column.name) == ("stock", "quantity"):
                beside = _counted(81)
            if column.name in ("parent_id", "compartment_size"):
                beside = _door(90 + n)
            yield Broken(kind.name, column.name, "x" * length, reason, beside)


def _beside_records() -> Iterator[Broken]:
    """Yield what is wrong beside other cells, or beside what is known already."""
    yield Broken("parts", "substitutes", "NO-1", "names NO-1, which is no part", {})
    yield Broken("parts", "substitutes", "SELF", "names the part itself", {"part_number": "SELF"})
    changed = "cannot be changed: the part is consumable already"
    yield Broken("parts", "kind", "repairable", changed, {"part_number": FUSE})
    yield Broken("parts", "part_number", "SELF", "stands in line {line} already", {})
    given = "is missing, where {} is given"
    yield Broken("locations", "lat_deg", "", given.format("lon_deg"), {})
    yield Broken("locations", "lon_deg", "", given.format("lat_deg"), {})
    yield Broken("locations", "zone", "", given.format("opening_hours"), {"opening_hours": "24/7"})
    yield Broken("locations", "opening_hours", "", given.format("zone"), {"zone": "Europe/Vaduz"})
    for kind in ("depot", "stocking_location", "locker", "customer_site", "bench"):
        beside = {"kind": kind, "lon_deg": ""}
        yield Broken("locations", "lat_deg", "", f"is missing: a {kind} needs a coordinate", beside)
    beside = _door(101) | {"lon_deg": ""}
    yield Broken("locations", "lat_deg", "", "is missing: a compartment needs a coordinate", beside)
    yield Broken("locations", "kind", "van", "a van is added with its courier", {})
    known = "cannot be changed: the location is a depot already"
    yield Broken("locations", "kind", "bench", known, {"location_id": "depot"})
    yield Broken("locations", "parent_id", "", "is missing: a compartment belongs to a locker", _door(102))
    no_locker = "is no locker that is known or in the file"
    for n, (parent, door) in enumerate((("nowhere", "nowhere-c1"), ("bench", "bench-c1"))):
        beside = _door(n) | {"location_id": door}
        yield Broken("locations", "parent_id", parent, no_locker, beside)
    name = "must be locker-schaan-cNAME, with NAME of 1 to 8 characters a-z, 0-9"
    for value in (
        "door-1",
        "locker-schaan-1",
        "locker-schaan-c",
        "locker-schaan-c123456789",
        "locker-schaan-ca-b",
    ):
        yield Broken(
            "locations",
            "location_id",
            value,
            name,
            {k: v for k, v in _door(103).items() if k != "location_id"},
        )
    for column, value in (("parent_id", "locker-schaan"), ("compartment_size", "small")):
        for kind in ("depot", "bench"):
            reason = f"is for compartments, and must be empty for a {kind}"
            yield Broken("locations", column, value, reason, {"kind": kind})
    size = "cannot be changed: the compartment is medium already"
    there = {"location_id": "locker-schaan-c1", "kind": "compartment", "parent_id": "locker-schaan"}
    yield Broken("locations", "compartment_size", "large", size, there)
    yield Broken("machines", "site_id", "nowhere", "is no location that is known", {})
    yield Broken("machines", "site_id", "depot", "is a depot, not a customer site", {})
    owned = f"belongs to the machine {OLD_MACHINE[0]} of that model already"
    yield Broken("machines", "serial", OLD_MACHINE[2], owned, {"model": OLD_MACHINE[1]})
    yield Broken("stock", "location_id", "nowhere", "is no location that is known", {})
    yield Broken("stock", "location_id", "supplier", "is a supplier, where opening stock comes from", {})
    yield Broken("stock", "location_id", "unaccounted", "is for what nobody can account for", {})
    locker = "is a locker: name one of its compartments"
    yield Broken("stock", "location_id", "locker-schaan", locker, {})
    yield Broken("stock", "part_number", "NO-1", "is no part of the catalogue", {})
    each = "the part is repairable, and each row names one unit"
    yield Broken("stock", "serial", "", f"is missing: {each}", {})
    yield Broken("stock", "serial", OLD_SERIAL, f"is known already, of the part {PUMP}", {})
    yield Broken("stock", "quantity", "2", f"must be 1 or empty: {each}", {})
    empty = "must be empty: the part is a consumable, and is counted"
    yield Broken("stock", "serial", "S-1", empty, _counted(90) | {"quantity": "1"})
    yield Broken("stock", "condition", "new", empty, _counted(91) | {"quantity": "1"})
    moved = "has moved here already: receive or count it"
    yield Broken("stock", "part_number", FUSE, moved, _counted(0) | {"location_id": "depot", "quantity": "1"})
