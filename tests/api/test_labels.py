"""Labels of returns are printed, read by a decoder of its own, and fit their paper whatever is to be said."""

from __future__ import annotations

import base64
import os
import subprocess
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pypdfium2
import pytest
import zxingcpp
from PIL import Image

from api.labels.label import SIZES, Address, ReturnLabel
from api.labels.pdf import label_pdf
from api.labels.zpl import DOTS_PER_MM, label_zpl
from tests.api_server import Api
from tests.world import PUMP

ROOT = Path(__file__).resolve().parents[2]
RENDER = """
const { ready } = require("zpl-renderer-js");
const [width, height, dots] = process.argv.slice(1).map(Number);
ready.then(async ({ api }) => {
  const zpl = require("node:fs").readFileSync(0, "utf8");
  console.log(await api.zplToBase64Async(zpl, width, height, dots));
  process.exit(0);
});
"""
ELEMENTS = (("00", "095212340000010012"), ("91", "RMA-1001"))
CODE = "(00)095212340000010012(91)RMA-1001"
LABEL = ReturnLabel(
    "RMA-1001",
    ELEMENTS,
    Address("Hospital Łódź", ("Main street 1^XZ", "9494 Schaan")),
    Address("Repair bench", ("Works road 4~", "9490 Vaduz")),
    "PUMP-1 Infusion pump",
    "OLD_7",
    "ORD-1001",
    datetime(2026, 11, 26, tzinfo=UTC),
)
LONGEST = ReturnLabel(
    "RMA-100000001",
    ELEMENTS,
    Address("W" * 50, ("M" * 40,) * 4),
    Address("W" * 50, ("M" * 40,) * 4),
    "W" * 60,
    "W" * 64,
    "ORD-100000001",
    datetime(2026, 11, 26, tzinfo=UTC),
)


@pytest.mark.parametrize("size", SIZES)
def test_code_of_the_printed_pdf_is_read_by_a_decoder(size: str) -> None:
    pages = _pages(label_pdf(LABEL, SIZES[size]))
    assert len(pages) == 1
    assert _read(pages[0]) == [(CODE, "]d2")]


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("dpi", DOTS_PER_MM)
def test_code_of_rendered_zpl_is_read_by_a_decoder(size: str, dpi: int, tmp_path: Path) -> None:
    assert _read(_rendered(label_zpl(LABEL, SIZES[size], dpi), size, dpi, tmp_path)) == [(CODE, "]d2")]


@pytest.mark.parametrize("size", SIZES)
def test_longest_label_keeps_to_one_page_and_its_code_is_still_read(size: str, tmp_path: Path) -> None:
    pages = _pages(label_pdf(LONGEST, SIZES[size]))
    assert len(pages) == 1
    assert _read(pages[0]) == [(CODE, "]d2")]
    assert _white_border(pages[0], SIZES[size].width_mm, 3)
    zpl = _rendered(label_zpl(LONGEST, SIZES[size]), size, 203, tmp_path)
    assert _read(zpl) == [(CODE, "]d2")]
    assert _white_border(zpl, SIZES[size].width_mm, 3)


def test_words_that_zpl_takes_for_commands_are_written_in_hexadecimal() -> None:
    zpl = label_zpl(LABEL, SIZES["4x6"])
    assert "Main street 1_5EXZ" in zpl
    assert "Works road 4_7E" in zpl
    assert "OLD_5F7" in zpl
    assert (zpl.count("^XA"), zpl.count("^XZ")) == (1, 1)


def test_label_of_a_return_is_served_with_an_sscc_where_the_operator_has_a_prefix(api: Api) -> None:
    desk = api.signed_in("desk")
    rma = desk.post("/v1/returns", json={"site_id": "hospital", "part_number": PUMP, "serial": "P-9"}).json
    url = f"/v1/returns/{rma['return_id']}"
    pdf = desk.get(f"{url}/label.pdf?size=4x6")
    assert (pdf.status_code, pdf.mimetype) == (200, "application/pdf")
    assert _read(_pages(pdf.data)[0]) == [(f"(91){rma['number']}", "]d2")]
    zpl = desk.get(f"{url}/label.zpl?dpi=300")
    assert (zpl.status_code, zpl.mimetype) == (200, "application/zpl")
    assert f"^FD_191{rma['number']}^FS" in zpl.text

    api.context.settings = api.context.settings.model_copy(update={"gs1_company_prefix": "9521234"})
    assert _read(_pages(desk.get(f"{url}/label.pdf").data)[0]) == [
        (f"(00)095212340000010012(91){rma['number']}", "]d2")
    ]


@pytest.mark.parametrize(
    ("path", "status"),
    [("label.pdf?size=a4", 422), ("label.zpl?dpi=600", 422), ("label.png", 404)],
)
def test_label_that_nobody_can_print_is_refused(api: Api, path: str, status: int) -> None:
    desk = api.signed_in("desk")
    rma = desk.post("/v1/returns", json={"site_id": "hospital", "part_number": PUMP}).json
    assert desk.get(f"/v1/returns/{rma['return_id']}/{path}").status_code == status
    assert desk.get("/v1/returns/none/label.pdf").status_code == 404


def _pages(pdf: bytes) -> list[Image.Image]:
    return [page.render(scale=300 / 72).to_pil() for page in pypdfium2.PdfDocument(pdf)]


def _read(image: Image.Image) -> list[tuple[str, str]]:
    """Return the codes of an image: their text, and what the standard calls their kind."""
    found = zxingcpp.read_barcodes(np.array(image.convert("L")))
    return [(code.text, code.symbology_identifier) for code in found]


def _rendered(zpl: str, size: str, dpi: int, folder: Path) -> Image.Image:
    """Return what a label printer would print."""
    paper = SIZES[size]
    numbers = [str(paper.width_mm), str(paper.height_mm), str(DOTS_PER_MM[dpi])]
    node = ROOT / ".setup" / "node" / "bin"
    done = subprocess.run(
        ["node", "-e", RENDER, *numbers],
        input=zpl,
        cwd=ROOT / "api" / "web",
        env=os.environ | {"PATH": f"{node}{os.pathsep}{os.environ['PATH']}"},
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )
    png = folder / "label.png"
    png.write_bytes(base64.b64decode(done.stdout))
    return Image.open(png)


def _white_border(image: Image.Image, width_mm: float, border_mm: float) -> bool:
    """Whether nothing is printed nearer to an edge than so many mm."""
    grey = np.array(image.convert("L"))
    border = int(border_mm * grey.shape[1] / width_mm)
    edges = (grey[:border], grey[-border:], grey[:, :border], grey[:, -border:])
    return all(edge.min() > 200 for edge in edges)
