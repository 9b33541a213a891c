"""What is recycled leaves with a certificate: as JSON, and as a PDF whose text says the same."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pypdfium2
import pytest
from PIL import Image

from api.certificate_pdf import certificate_pdf
from tests.api_server import Api, start_api
from tests.bench_world import add_bench, came_back
from tests.world import PUMP
from tracking.repairs.disposition import Certificate

RECYCLING = {
    "recycler": "Metallwerk Łódź & Söhne",
    "reference": "WN-2026-118",
    "recycled_at": "2026-11-20T14:30:00+01:00",
    "weight_g": 2400,
    "materials": [{"material": "Aluminium", "weight_g": 1500}, {"material": "Copper", "weight_g": 250}],
}


@pytest.fixture
def on_both(database_url: str, tmp_path: Path) -> Api:
    api = start_api(tmp_path / "var", database_url)
    with api.context.store.writing() as uow:
        add_bench(uow)
        came_back(uow)
        uow.commit()
    return api


def _recycled(api: Api, recycling: dict[str, Any]) -> Any:
    bench = api.signed_in("bench")
    made = bench.post("/v1/dispositions", json={"serial": "OLD-1", "hazard": True}).json
    assert made["chosen"] == "recycle"
    url = f"/v1/dispositions/{made['disposition_id']}/execute"
    done = bench.post(url, json={"recycling": recycling})
    assert done.status_code == 200, done.text
    return done.json


def _text(pdf: bytes) -> str:
    pages = pypdfium2.PdfDocument(pdf)
    return "\n".join(page.get_textpage().get_text_bounded() for page in pages)


def test_recycled_unit_is_scrap_and_has_its_certificate(on_both: Api) -> None:
    done, bench = _recycled(on_both, RECYCLING), on_both.signed_in("bench")
    assert (done["state"], done["certificate"]) == ("executed", "MC-1001")
    unit = bench.get("/v1/units/OLD-1").json
    assert (unit["location_id"], unit["custody"][-1]["kind"]) == ("scrap", "recycled")
    certificate = bench.get("/v1/certificates/MC-1001").json
    assert certificate["materials"] == RECYCLING["materials"]
    assert (certificate["serial"], certificate["part_number"], certificate["weight_g"]) == (
        "OLD-1",
        PUMP,
        2400,
    )
    assert certificate["recycled_at"] == "2026-11-20T13:30:00Z"
    with on_both.context.store.reading() as uow:
        last = uow.custody.timeline("OLD-1")[0][-1]
        assert (certificate["custody_position"], certificate["custody_mac"]) == (last.position, last.mac)
    assert bench.get("/v1/certificates?serial=OLD-1").json["items"] == [certificate]
    assert bench.get("/v1/certificates?serial=OLD-2").json["items"] == []
    answer = bench.get("/v1/certificates/MC-1001.pdf")
    assert (answer.status_code, answer.mimetype) == (200, "application/pdf")
    text = _text(answer.data)
    for words in (
        "MC-1001",
        "PUMP-1 Infusion pump",
        "OLD-1",
        "2.400 kg",
        "Metallwerk Łódź & Söhne",
        "WN-2026-118",
        "2026-11-20 13:30 UTC",
        "1.500 kg",
        "Aluminium",
        "0.250 kg",
        "Copper",
        "0.650 kg",
        "Other, or not known by material",
        last.mac,
    ):
        assert words in text, words


def test_certificate_goes_by_the_catalogue_where_nobody_weighed(on_both: Api) -> None:
    _recycled(on_both, {"recycler": "Metal Ltd"})
    bench = on_both.signed_in("bench")
    certificate = bench.get("/v1/certificates/MC-1001").json
    assert (certificate["weight_g"], certificate["materials"], certificate["reference"]) == (2500, [], "")
    text = _text(bench.get("/v1/certificates/MC-1001.pdf").data)
    assert "Not known by material." in text
    assert "none given" in text


def test_certificate_that_is_not_there_is_not_found(api: Api) -> None:
    bench = api.signed_in("bench")
    assert bench.get("/v1/certificates/MC-9").status_code == 404
    assert bench.get("/v1/certificates/MC-9.pdf").status_code == 404


def test_longest_certificate_keeps_within_its_margins() -> None:
    at = datetime(2026, 11, 27, tzinfo=UTC)
    materials = tuple({"material": "W" * 200, "weight_g": 1} for _ in range(50))
    longest = Certificate(
        "MC-1001",
        "d",
        "P" * 64,
        "W" * 200,
        "S" * 64,
        1,
        50,
        materials,
        "W" * 200,
        "R" * 100,
        at,
        "b",
        at,
        3,
        "f" * 64,
    )
    pages = list(pypdfium2.PdfDocument(certificate_pdf(longest)))
    assert 2 <= len(pages) <= 8
    for page in pages:
        grey: Image.Image = page.render(scale=2).to_pil().convert("L")
        right = grey.crop((grey.width - 2 * 40, 0, grey.width, grey.height))
        bottom = grey.crop((0, grey.height - 2 * 40, grey.width, grey.height))
        assert right.getextrema()[0] > 200
        assert bottom.getextrema()[0] > 200
    assert _text(certificate_pdf(longest)).count("0.001 kg") == 50
