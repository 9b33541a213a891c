"""The two-dimensional code of a label: GS1 DataMatrix (ISO/IEC 16022), as modules of black and white."""

from __future__ import annotations

from typing import cast

import numpy as np
import zxingcpp

MODULE_MM = 1.5
"""The X-dimension: the largest that the GS1 General Specifications allow on logistic units (0.743 to 1.5)."""

QUIET_MODULES = 1
"""How wide the white border has to be."""


def modules_of(code: str) -> list[list[bool]]:
    """Return the modules of a code like `(00)...(91)...`, rows from the top; True is black. No border."""
    barcode = zxingcpp.create_barcode(code, zxingcpp.BarcodeFormat.DataMatrix, gs1=True)
    grey = np.array(barcode.to_image(scale=1, add_quiet_zones=False))
    return cast("list[list[bool]]", (grey < 128).tolist())


def runs_of(row: list[bool]) -> list[tuple[int, int]]:
    """Return the runs of black modules in a row: where each begins, and how many they are."""
    edges = [k for k in range(len(row) + 1) if (k > 0 and row[k - 1]) != (k < len(row) and row[k])]
    return [(start, end - start) for start, end in zip(edges[::2], edges[1::2], strict=True)]
