"""How returns at the bench, their photos and inspections are shown to people."""

from __future__ import annotations

from mobile_contract.inspections import (
    DifferenceKind,
    DifferenceView,
    InspectionView,
    PhotoView,
    ReturnDecision,
)
from tracking.custody.photo import Photo
from tracking.returns.inspection import Inspection


def photo_view(photo: Photo) -> PhotoView:
    """Show what is known of a photo."""
    return PhotoView(
        sha256=photo.sha256,
        media_type=photo.media_type,
        size_bytes=photo.size_bytes,
        added_by=photo.added_by,
        added_at=photo.added_at,
    )


def inspection_view(inspection: Inspection) -> InspectionView:
    """Show what an inspection found, and what was settled."""
    return InspectionView(
        part_number=inspection.part_number,
        serial=inspection.serial,
        quantity=inspection.quantity,
        damage=inspection.damage,
        missing=list(inspection.missing),
        unopened=inspection.unopened,
        note=inspection.note,
        photos=list(inspection.photos),
        differences=[
            DifferenceView(
                kind=DifferenceKind(difference["kind"]),
                announced=difference["announced"],
                found=difference["found"],
            )
            for difference in inspection.differences
        ],
        inspected_by=inspection.inspected_by,
        inspected_at=inspection.inspected_at,
        decision=ReturnDecision(inspection.decision) if inspection.decision else None,
        amount_cents=inspection.amount_cents,
        decision_reason=inspection.decision_reason,
        decided_by=inspection.decided_by,
        decided_at=inspection.decided_at,
    )
