"""Photos are kept by their digest, whatever is sent is told clearly, and nobody is served anything else."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from tests.api_server import Api, start_api
from tests.photos import picture
from tracking.custody.photo import LARGEST_BYTES
from tracking.store.tables import AuditEntry


@pytest.fixture
def on_both(database_url: str, tmp_path: Path) -> Api:
    return start_api(tmp_path / "var", database_url)


@pytest.mark.parametrize(("format_name", "media_type"), [("PNG", "image/png"), ("JPEG", "image/jpeg")])
def test_photo_is_kept_by_its_digest_and_served_as_it_came(
    on_both: Api, format_name: str, media_type: str
) -> None:
    bench, data = on_both.signed_in("bench"), picture(format_name)
    kept = bench.post("/v1/photos", data=data, content_type=media_type)
    assert kept.status_code == 201, kept.text
    digest = hashlib.sha256(data).hexdigest()
    assert (kept.json["sha256"], kept.json["size_bytes"], kept.json["media_type"]) == (
        digest,
        len(data),
        media_type,
    )
    served = bench.get(f"/v1/photos/{digest}")
    assert (served.data, served.mimetype) == (data, media_type)
    assert served.headers["X-Content-Type-Options"] == "nosniff"
    assert on_both.context.photos.path(digest).read_bytes() == data


def test_webp_is_known_by_its_bytes_whatever_the_header_says(api: Api) -> None:
    kept = api.signed_in("bench").post("/v1/photos", data=picture("WEBP"), content_type="image/png")
    assert (kept.status_code, kept.json["media_type"]) == (201, "image/webp")


def test_same_photo_is_kept_once(on_both: Api) -> None:
    bench, desk, data = on_both.signed_in("bench"), on_both.signed_in("desk"), picture()
    first = bench.post("/v1/photos", data=data, content_type="image/png")
    again = desk.post("/v1/photos", data=data, content_type="image/png")
    assert again.json == first.json
    with on_both.context.store.reading() as uow:
        assert len(uow.photos.find()) == 1
        assert {entry.request for entry in uow.records(AuditEntry).find()} == {
            f"image/png, {len(data)} bytes"
        }


@pytest.mark.parametrize(
    ("data", "status", "code"),
    [
        (b"", 422, "photo_refused"),
        (b"\x00<svg/>", 422, "photo_refused"),
        (b"GIF89a", 422, "photo_refused"),
        (b"RIFF0000WAVE", 422, "photo_refused"),
        (picture() + b"\x00" * LARGEST_BYTES, 413, "too_large"),
    ],
    ids=["empty", "markup", "gif", "sound", "too large"],
)
def test_what_is_no_photo_is_refused_with_what_to_do(api: Api, data: bytes, status: int, code: str) -> None:
    answer = api.signed_in("bench").post("/v1/photos", data=data, content_type="image/png")
    assert (answer.status_code, answer.json["code"]) == (status, code)
    assert "10 MB" in answer.json["action"]
    assert not any(path.is_file() for path in api.context.settings.photos_dir.rglob("*"))


def test_photo_of_the_largest_size_is_kept(api: Api) -> None:
    data = picture() + b"\x00" * (LARGEST_BYTES - len(picture()))
    assert api.signed_in("bench").post("/v1/photos", data=data, content_type="image/png").status_code == 201


def test_photo_that_is_not_there_is_not_found(api: Api) -> None:
    bench = api.signed_in("bench")
    assert bench.get(f"/v1/photos/{'0' * 64}").status_code == 404
    assert bench.get("/v1/photos/..%2F..%2Fsecrets").status_code == 404
    kept = bench.post("/v1/photos", data=picture(), content_type="image/png").json["sha256"]
    api.context.photos.path(kept).unlink()
    gone = bench.get(f"/v1/photos/{kept}")
    assert (gone.status_code, gone.json["code"]) == (404, "not_found")


def test_planner_reads_photos_and_adds_none(api: Api) -> None:
    kept = api.signed_in("bench").post("/v1/photos", data=picture(), content_type="image/png").json
    planner = api.signed_in("planner")
    assert planner.get(f"/v1/photos/{kept['sha256']}").status_code == 200
    assert planner.post("/v1/photos", data=picture(), content_type="image/png").status_code == 403
