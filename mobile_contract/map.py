"""What the map is drawn from."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from mobile_contract.common import Answer


class MapView(Answer):
    """`tile_url` is null without internet; then the map draws the outline, and roads where imported."""

    tile_url: str | None
    attribution: str
    bounds_deg: list[float] | None = Field(description="West, south, east, north.")
    outline: dict[str, Any] | None
    roads_url: str | None
