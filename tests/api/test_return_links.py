"""Return links over HTTP: what the public page is refused, and what it does."""

from __future__ import annotations

import logging
import threading
from datetime import timedelta
from pathlib import Path
from typing import Any

import pypdfium2
import pytest
import zxingcpp
from flask.testing import FlaskClient

from api.redaction import redacted
from tests.api_server import Api, start_api
from tests.photos import picture
from tests.world import FUSE, NOW, PUMP, stock_up
from tracking.custody.photo import LARGEST_BYTES
from tracking.lockers.offline_opening import offline_keys
from tracking.parts.service import Movement, move
from tracking.returns.linking import USES_OF_ADDRESS, USES_OF_LINK
from tracking.values.times import system_clock

PAGE = "/v1/customer-return"
SAID = {"part_number": PUMP, "serial": "P-1", "reason": "Does not pump", "way": "courier"}


@pytest.fixture
def delivered(api: Api) -> Api:
    return _with_delivered(api)


def _with_delivered(api: Api) -> Api:
    """Let pump P-1 be at the hospital and P-2 in the depot, and the locker's compartments have keys."""
    with api.context.store.writing() as uow:
        offline_keys(uow, "locker-schaan")
        stock_up(uow, "depot", PUMP, 2, "P-1", "P-2")
        move(uow, Movement(PUMP, 1, "depot", "hospital", "delivered", "t", NOW, NOW, serials=("P-1",)))
        uow.commit()
    return api


def _made(api: Api, **named: Any) -> dict[str, Any]:
    answer = api.signed_in("desk").post("/v1/return-links", json=named or {"site_id": "hospital"})
    assert answer.status_code == 201, answer.text
    return dict(answer.json)


def _customer(api: Api, link: dict[str, Any]) -> FlaskClient:
    """Return a client that carries a link's token, and nothing else."""
    client = api.client()
    client.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {link['url'].rpartition('/')[2]}"
    return client


def _refused(answer: Any) -> tuple[int, str]:
    assert answer.mimetype == "application/problem+json", answer.text
    assert answer.json["detail"]
    assert answer.json["action"]
    return answer.status_code, answer.json["code"]


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"site_id": "hospital", "return_id": "r"},
        {"site_id": "hospital", "valid_days": 0},
        {"site_id": "hospital", "valid_days": 91},
        {"site_id": "NOT A NAME"},
        {"site_id": "hospital", "other": 1},
    ],
)
def test_link_that_is_not_as_documented_is_not_made(api: Api, body: dict[str, Any]) -> None:
    answer = api.signed_in("desk").post("/v1/return-links", json=body)
    assert _refused(answer) == (422, "invalid_request")


def test_who_may_not_handle_returns_makes_no_link(api: Api) -> None:
    for login, status in (("planner", 403), ("anna", 403)):
        answer = api.signed_in(login).post("/v1/return-links", json={"site_id": "hospital"})
        assert answer.status_code == status, login
    assert api.client().post("/v1/return-links", json={"site_id": "hospital"}).status_code == 401


@pytest.mark.parametrize(
    "header", [None, "Bearer ", "Basic abc", "Bearer wrong", f"Bearer {'x' * 500}", "Bearer \x01"]
)
def test_request_without_a_known_token_opens_nothing(api: Api, header: str | None) -> None:
    headers = {} if header is None else {"Authorization": header}
    assert _refused(api.client().get(PAGE, headers=headers)) == (404, "link_unknown")


def test_token_of_a_link_opens_nothing_else_and_a_signed_in_person_no_page(delivered: Api) -> None:
    customer = _customer(delivered, _made(delivered))
    for path in ("/v1/returns", "/v1/return-links", "/v1/orders", "/v1/stock", "/v1/events"):
        assert customer.get(path).status_code == 401, path
    assert delivered.signed_in("admin").get(PAGE).status_code == 404


def test_revoked_and_expired_links_say_which_they_are(delivered: Api) -> None:
    revoked, expired = _made(delivered), _made(delivered, site_id="hospital", valid_days=1)
    path = f"/v1/return-links/{revoked['link_id']}/revoke"
    assert delivered.signed_in("desk").post(path).json["state"] == "revoked"
    assert _refused(_customer(delivered, revoked).get(PAGE)) == (410, "link_revoked")
    delivered.context.clock = lambda: system_clock() + timedelta(days=1, seconds=5)
    assert _refused(_customer(delivered, expired).get(PAGE)) == (410, "link_expired")
    assert _refused(_customer(delivered, expired).post(PAGE, json=SAID)) == (410, "link_expired")


def test_address_of_a_link_is_told_once(delivered: Api) -> None:
    desk, key = delivered.signed_in("desk"), {"Idempotency-Key": "k"}
    first = desk.post("/v1/return-links", json={"site_id": "hospital"}, headers=key).json
    again = desk.post("/v1/return-links", json={"site_id": "hospital"}, headers=key).json
    assert (again["link_id"], again["url"]) == (first["link_id"], None)
    token = first["url"].rpartition("/")[2]
    with delivered.context.store.reading() as uow:
        assert token not in repr((uow.return_links.find(), uow.answers.find(), uow.audit.find()))
    (listed,) = desk.get("/v1/return-links?site_id=hospital").json["items"]
    assert (listed["state"], "url" in listed) == ("open", False)
    assert desk.get("/v1/return-links?return_id=none").json["items"] == []


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"reason": ""}, (422, "invalid_request")),
        ({"reason": "   "}, (422, "invalid_value")),
        ({"reason": "x" * 2001}, (422, "invalid_request")),
        ({"serial": "two words"}, (422, "invalid_request")),
        ({"serial": "NEVER-SEEN"}, (422, "serial_unknown")),
        ({"serial": "P-2"}, (422, "serial_unknown")),
        ({"part_number": FUSE}, (404, "not_found")),
        ({"way": "drone"}, (422, "invalid_request")),
        ({"way": "locker"}, (409, "way_not_possible")),
        ({"way": "locker", "place_id": "hospital"}, (404, "not_found")),
        ({"way": "location", "place_id": "hospital"}, (422, "invalid_value")),
        ({"photos": ["../../etc/passwd"]}, (422, "invalid_request")),
        ({"photos": ["0" * 64]}, (404, "not_found")),
        ({"photos": ["0" * 64] * 7}, (422, "invalid_request")),
        ({"site_id": "depot"}, (422, "invalid_request")),
    ],
)
def test_submission_that_does_not_fit_is_refused_and_leaves_nothing(
    delivered: Api, changes: dict[str, Any], refusal: tuple[int, str]
) -> None:
    customer = _customer(delivered, _made(delivered))
    assert _refused(customer.post(PAGE, json=SAID | changes)) == refusal
    assert delivered.signed_in("desk").get("/v1/returns").json["items"] == []


@pytest.mark.parametrize(
    ("data", "media_type", "refusal"),
    [
        (b"", "image/png", (422, "photo_refused")),
        (b"<svg onload=alert(1)>", "image/png", (422, "photo_refused")),
        (b"\xff\xd8\xff" + bytes(LARGEST_BYTES), "image/jpeg", (413, "too_large")),
        (picture(), "text/html", (415, "media_type")),
    ],
)
def test_what_is_no_photo_is_refused(
    delivered: Api, data: bytes, media_type: str, refusal: tuple[int, str]
) -> None:
    customer = _customer(delivered, _made(delivered))
    answer = customer.post(f"{PAGE}/photos", data=data, content_type=media_type)
    assert _refused(answer) == refusal


def test_photo_of_another_link_is_not_taken(delivered: Api) -> None:
    one, other = _customer(delivered, _made(delivered)), _customer(delivered, _made(delivered))
    kept = one.post(f"{PAGE}/photos", data=picture(), content_type="image/png").json
    assert _refused(other.post(PAGE, json=SAID | {"photos": [kept["sha256"]]})) == (404, "not_found")


def test_link_that_asks_too_much_is_throttled_and_so_is_an_address_that_guesses(delivered: Api) -> None:
    customer = _customer(delivered, _made(delivered))
    path = f"{PAGE}/serial?part_number={PUMP}&serial=GUESS"
    answers = [customer.get(path) for _ in range(USES_OF_LINK + 1)]
    assert {answer.status_code for answer in answers[:-1]} == {422}
    assert _refused(answers[-1]) == (429, "link_throttled")
    assert int(answers[-1].headers["Retry-After"]) > 0
    guesses = [
        delivered.client().get(PAGE, headers={"Authorization": f"Bearer guess-{n}"})
        for n in range(USES_OF_ADDRESS + 1)
    ]
    assert _refused(guesses[-1]) == (429, "link_throttled")
    assert customer.get(PAGE).status_code == 200


def test_return_is_announced_once_and_its_link_shows_how_it_stands(delivered: Api) -> None:
    link = _made(delivered)
    customer = _customer(delivered, link)
    page = customer.get(PAGE).json
    assert (page["site_name"], page["submitted"]) == ("Hospital Buchs", None)
    (part,) = page["parts"]
    assert (part["part_number"], part["serials"]) == (PUMP, ["P-1"])
    assert [place["place_id"] for place in part["lockers"]] == ["locker-schaan"]
    serial = customer.get(f"{PAGE}/serial?part_number={PUMP}&serial=P-1").json
    assert serial["warranty"] == {"state": "not_recorded", "until": None}
    photo = customer.post(f"{PAGE}/photos", data=picture(), content_type="image/png").json
    body = SAID | {"way": "locker", "place_id": "locker-schaan", "photos": [photo["sha256"]]}
    first, second = customer.post(PAGE, json=body), customer.post(PAGE, json=body)
    assert (first.status_code, first.json) == (200, second.json)
    shown = first.json["submitted"]
    assert (shown["state"], shown["way"], shown["compartment"]) == ("awaited", "locker", "1")
    assert shown["code"].isdigit()
    assert len(shown["code"]) == 8
    assert _refused(customer.post(PAGE, json=body | {"reason": "Else"})) == (409, "link_used")
    (rma,) = delivered.signed_in("desk").get("/v1/returns").json["items"]
    assert (rma["number"], rma["way"], rma["photos"]) == (shown["number"], "locker", [photo["sha256"]])
    assert rma["announced_serial"] == "P-1"
    (listed,) = delivered.signed_in("desk").get("/v1/return-links").json["items"]
    assert (listed["state"], listed["return_id"]) == ("used", rma["return_id"])
    pdf = customer.get(f"{PAGE}/label.pdf").data
    image = pypdfium2.PdfDocument(pdf)[0].render(scale=300 / 72).to_pil()
    assert [code.text for code in zxingcpp.read_barcodes(image)] == [f"(91){rma['number']}"]


def test_one_link_makes_one_return_when_six_taps_race(database_url: str, tmp_path: Path) -> None:
    api = start_api(tmp_path / "var", database_url)
    link = _made(_with_delivered(api))
    clients = [_customer(api, link) for _ in range(6)]
    together = threading.Barrier(len(clients))
    answers: list[int] = []

    def tap(client: FlaskClient) -> None:
        together.wait(30)
        answers.append(client.post(PAGE, json=SAID).status_code)

    threads = [threading.Thread(target=tap, args=(client,)) for client in clients]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert set(answers) == {200}
    assert len(api.signed_in("desk").get("/v1/returns").json["items"]) == 1


def test_label_and_ways_wait_for_the_announcement(delivered: Api) -> None:
    customer = _customer(delivered, _made(delivered))
    assert _refused(customer.get(f"{PAGE}/label.pdf")) == (409, "link_used")
    assert _refused(customer.post(f"{PAGE}/way", json={"way": "courier"})) == (409, "link_used")
    shipment = {"carrier": "Post", "tracking_number": "1"}
    assert _refused(customer.post(f"{PAGE}/shipment", json=shipment)) == (409, "link_used")


def test_customer_chooses_the_carrier_in_place_of_the_courier_and_names_the_number(delivered: Api) -> None:
    customer = _customer(delivered, _made(delivered))
    customer.post(PAGE, json=SAID)
    shipment = {"carrier": "Post", "tracking_number": "99.00.1"}
    assert _refused(customer.post(f"{PAGE}/shipment", json=shipment)) == (409, "way_not_possible")
    assert customer.post(f"{PAGE}/way", json={"way": "carrier"}).json["submitted"]["state"] == "awaited"
    shown = customer.post(f"{PAGE}/shipment", json=shipment).json["submitted"]
    assert (shown["state"], shown["tracking_number"]) == ("shipped", "99.00.1")
    assert _refused(customer.post(f"{PAGE}/way", json={"way": "courier"})) == (409, "transition_refused")


def test_desk_chooses_ways_ships_and_receives_by_a_scan(delivered: Api) -> None:
    desk = delivered.signed_in("desk")
    new = {"site_id": "hospital", "part_number": PUMP, "serial": "P-1"}
    path = f"/v1/returns/{desk.post('/v1/returns', json=new).json['return_id']}"
    assert desk.post(f"{path}/way", json={"way": "carrier"}).json["way"] == "carrier"
    shipment = {"carrier": "Post", "tracking_number": "1"}
    assert desk.post(f"{path}/ship", json=shipment).json["carrier"] == "Post"
    assert _refused(desk.post(f"{path}/receive", json={"code": "91RMA-9"})) == (422, "invalid_value")
    assert desk.post(f"{path}/receive", json={"code": "91RMA-1001"}).json["state"] == "received"


def test_page_of_a_link_is_guarded_and_its_address_in_no_log(
    api: Api, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        page = api.client().get("/r/a-token-of-somebody")
    assert page.status_code == 200
    policy = page.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert page.headers["Referrer-Policy"] == "no-referrer"
    assert page.headers["Cache-Control"] == "no-store"
    assert page.headers["X-Robots-Tag"] == "noindex"
    assert "a-token-of-somebody" not in caplog.text
    assert redacted('"GET /r/secret-1 HTTP/1.1"') == '"GET /r/... HTTP/1.1"'
    assert redacted("/r/secret-1?x=1") == "/r/...?x=1"
