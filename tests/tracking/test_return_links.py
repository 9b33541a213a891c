"""Return links: what is refused, what may be returned, and that a link announces one return."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from tests.world import FUSE, NOW, PUMP, build_world, order_pump, stock_up
from tracking.custody.photo import photo_of
from tracking.lockers.offline_opening import offline_keys
from tracking.parts.machine import Machine
from tracking.parts.part import Part, PartKind
from tracking.parts.service import Movement, add_machine, add_part, move
from tracking.returns.link import (
    MAX_PHOTOS,
    LinkExpired,
    LinkRevoked,
    LinkThrottled,
    LinkUnknown,
    LinkUsed,
    ReturnLink,
    SerialAnnounced,
    SerialUnknown,
    TooManyPhotos,
)
from tracking.returns.linking import (
    USE_WINDOW,
    Submission,
    add_link_photo,
    choose_again,
    count_use,
    find_link,
    make_link,
    revoke_link,
    submit,
)
from tracking.returns.returnable import check_serial, returnables, warranty_of
from tracking.returns.service import receive_at_bench
from tracking.returns.ways import ReturnWay
from tracking.store.unit_of_work import SqlUnitOfWork, Store
from tracking.values.errors import FieldstockError, InvalidValue, NotFound, TransitionRefused

SAID = Submission(PUMP, "P-1", "Does not pump", ReturnWay.COURIER, None, ())


@pytest.fixture
def world(store: Store) -> Store:
    """The small world; pump P-1 was delivered to the hospital, P-2 lies in the depot."""
    with store.writing() as uow:
        build_world(uow)
        offline_keys(uow, "locker-schaan")
        stock_up(uow, "depot", PUMP, 2, "P-1", "P-2")
        move(uow, Movement(PUMP, 1, "depot", "hospital", "delivered", "t", NOW, NOW, serials=("P-1",)))
        uow.commit()
    return store


def _link(uow: SqlUnitOfWork, **named: Any) -> ReturnLink:
    return make_link(uow, **(named or {"site_id": "hospital"}), valid_days=14, by="desk", at=NOW)[0]


@pytest.mark.parametrize(
    ("named", "days", "error"),
    [
        ({}, 14, InvalidValue),
        ({"site_id": "hospital", "order_id": "o"}, 14, InvalidValue),
        ({"site_id": "depot"}, 14, InvalidValue),
        ({"site_id": "nowhere"}, 14, NotFound),
        ({"machine_id": "none"}, 14, NotFound),
        ({"order_id": "none"}, 14, NotFound),
        ({"return_id": "none"}, 14, NotFound),
        ({"site_id": "hospital"}, 0, InvalidValue),
        ({"site_id": "hospital"}, 91, InvalidValue),
    ],
)
def test_link_that_says_too_little_or_too_much_is_not_made(
    world: Store, named: dict[str, str], days: int, error: type[FieldstockError]
) -> None:
    with world.writing() as uow, pytest.raises(error):
        make_link(uow, **named, valid_days=days, by="desk", at=NOW)  # type: ignore[arg-type]


def test_token_is_kept_nowhere(world: Store) -> None:
    with world.writing() as uow:
        link, token = make_link(uow, site_id="hospital", valid_days=14, by="desk", at=NOW)
        assert len(token) >= 43
        assert token not in repr(uow.return_links.find())
        assert find_link(uow, token, NOW) == link


def test_unknown_revoked_and_expired_links_say_which_they_are(world: Store) -> None:
    with world.writing() as uow:
        link, token = make_link(uow, site_id="hospital", valid_days=1, by="desk", at=NOW)
        with pytest.raises(LinkUnknown):
            find_link(uow, token[:-1], NOW)
        with pytest.raises(LinkExpired):
            find_link(uow, token, NOW + timedelta(days=1))
        revoked = revoke_link(uow, link.link_id, "desk", NOW)
        assert revoke_link(uow, link.link_id, "desk", NOW + timedelta(hours=1)) == revoked
        with pytest.raises(LinkRevoked):
            find_link(uow, token, NOW)
        with pytest.raises(LinkRevoked):
            submit(uow, link.link_id, SAID, NOW)


def test_link_that_was_used_shows_its_return_after_its_end(world: Store) -> None:
    with world.writing() as uow:
        link, token = make_link(uow, site_id="hospital", valid_days=1, by="desk", at=NOW)
        submit(uow, link.link_id, SAID, NOW)
        assert find_link(uow, token, NOW + timedelta(days=30)).submitted_at == NOW


def test_second_tap_makes_no_second_return(world: Store) -> None:
    with world.writing() as uow:
        link = _link(uow)
        first = submit(uow, link.link_id, SAID, NOW)
        assert submit(uow, link.link_id, SAID, NOW) == first
        assert len(uow.returns.find()) == 1
        with pytest.raises(LinkUsed):
            submit(uow, link.link_id, replace(SAID, reason="Another thing"), NOW)


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"serial": "P-2"}, SerialUnknown),
        ({"serial": "NEVER-SEEN"}, SerialUnknown),
        ({"part_number": FUSE, "serial": "P-1"}, NotFound),
        ({"part_number": "NO-SUCH"}, NotFound),
        ({"reason": "  "}, InvalidValue),
        ({"photos": ("0" * 64,)}, NotFound),
    ],
)
def test_submission_that_does_not_fit_is_refused_and_leaves_nothing(
    world: Store, changes: dict[str, Any], error: type[FieldstockError]
) -> None:
    with world.writing() as uow:
        link = _link(uow)
        with pytest.raises(error):
            submit(uow, link.link_id, replace(SAID, **changes), NOW)
        assert uow.returns.find() == []


def test_serial_that_is_on_its_way_back_is_not_announced_twice(world: Store) -> None:
    with world.writing() as uow:
        submit(uow, _link(uow).link_id, SAID, NOW)
        with pytest.raises(SerialAnnounced, match="RMA-1001"):
            submit(uow, _link(uow).link_id, SAID, NOW)


def test_serial_of_a_part_without_serials_is_refused(world: Store) -> None:
    with world.writing() as uow, pytest.raises(InvalidValue):
        check_serial(uow, _link(uow), FUSE, "F-1")


def test_serial_may_be_left_empty_where_it_can_be_read_later(world: Store) -> None:
    with world.writing() as uow:
        assert submit(uow, _link(uow).link_id, replace(SAID, serial=None), NOW).serial is None


def test_link_of_an_order_is_for_its_old_part_whose_serial_we_never_saw(world: Store) -> None:
    with world.writing() as uow:
        order = order_pump(uow, expect_return=True)
        link = _link(uow, order_id=order.order_id)
        assert link.return_id == order.return_id
        rma = submit(uow, link.link_id, replace(SAID, serial="OLD-7"), NOW)
        assert (rma.return_id, rma.serial, rma.announced_serial) == (order.return_id, "OLD-7", "OLD-7")


def test_link_of_a_machine_offers_what_fits_it(world: Store) -> None:
    with world.writing() as uow:
        add_machine(uow, Machine("M-1", "hospital", "Infuser", "SN-1"), NOW)
        add_part(uow, Part("VALVE", "Valve", PartKind.CONSUMABLE, 1, 1, 1, fits_models=("Other",)), NOW)
        stock_up(uow, "depot", "VALVE", 1)
        move(uow, Movement("VALVE", 1, "depot", "hospital", "delivered", "t", NOW, NOW))
        of_site = [each.part.part_number for each in returnables(uow, _link(uow))]
        of_machine = [each.part.part_number for each in returnables(uow, _link(uow, machine_id="M-1"))]
        assert (of_site, of_machine) == ([PUMP, "VALVE"], [PUMP])


def test_return_that_has_left_its_site_gets_no_link(world: Store) -> None:
    with world.writing() as uow:
        rma = submit(uow, _link(uow).link_id, SAID, NOW)
        receive_at_bench(uow, rma.return_id, None, "bench", NOW)
        with pytest.raises(TransitionRefused):
            _link(uow, return_id=rma.return_id)


def test_way_can_be_chosen_again_once_something_was_announced(world: Store) -> None:
    with world.writing() as uow:
        link = _link(uow)
        with pytest.raises(LinkUsed):
            choose_again(uow, link.link_id, ReturnWay.CARRIER, None, NOW)
        submit(uow, link.link_id, SAID, NOW)
        assert choose_again(uow, link.link_id, ReturnWay.CARRIER, None, NOW).state == "awaited"


def test_link_takes_so_many_photos_and_none_once_it_was_used(world: Store) -> None:
    def photo(number: int) -> Any:
        return photo_of(b"\xff\xd8\xff" + bytes([number]), "link", NOW)

    with world.writing() as uow:
        link = _link(uow)
        kept = [add_link_photo(uow, link.link_id, photo(n)).sha256 for n in range(MAX_PHOTOS)]
        add_link_photo(uow, link.link_id, photo(0))
        with pytest.raises(TooManyPhotos):
            add_link_photo(uow, link.link_id, photo(99))
        rma = submit(uow, link.link_id, replace(SAID, photos=tuple(kept)), NOW)
        assert rma.photos == tuple(kept)
        with pytest.raises(LinkUsed):
            add_link_photo(uow, link.link_id, photo(0))


def test_too_many_uses_are_refused_until_the_window_is_over(world: Store) -> None:
    with world.writing() as uow:
        for _ in range(3):
            count_use(uow, "link:1", 3, NOW)
        with pytest.raises(LinkThrottled) as refused:
            count_use(uow, "link:1", 3, NOW)
        assert refused.value.retry_after_s == USE_WINDOW.total_seconds()
        count_use(uow, "link:1", 3, NOW + USE_WINDOW)


def test_warranty_of_a_unit_without_a_repair_is_not_known(world: Store) -> None:
    with world.reading() as uow:
        warranty = warranty_of(uow, "P-1", NOW)
        assert (warranty.until, warranty.holds) == (None, False)
