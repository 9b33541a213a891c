"""What a contract covers: orders, promises and amendments are held against it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from tests.world import FUSE, NOW, PUMP, build_world
from tracking.orders.amending import amend
from tracking.orders.contracts import YEAR, NotCovered, add_contract
from tracking.orders.order import Order, Urgency
from tracking.orders.promising import ask
from tracking.orders.service import cancel, place
from tracking.orders.sla import Contract
from tracking.store.unit_of_work import SqlUnitOfWork, Store
from tracking.values.errors import InvalidValue, NotFound

PUMPS = Contract("pumps", "Pumps alone", 7200, covers=(PUMP,), returns_a_year=2)


@pytest.fixture
def world(store: Store) -> Store:
    with store.writing() as uow:
        build_world(uow)
        add_contract(uow, PUMPS)
        uow.commit()
    return store


def ordered(
    uow: SqlUnitOfWork,
    part_number: str = PUMP,
    contract_id: str = "pumps",
    *,
    days: int = 0,
    back: bool = False,
) -> Order:
    return place(
        uow,
        site_id="hospital",
        part_number=part_number,
        quantity=1,
        contract_id=contract_id,
        urgency=Urgency.PLANNED,
        requested_by="desk",
        at=NOW + timedelta(days=days),
        expect_return=back,
    )


def asked(uow: SqlUnitOfWork) -> None:
    ask(
        uow,
        site_id="hospital",
        part_number=FUSE,
        quantity=1,
        contract_id="pumps",
        urgency=Urgency.PLANNED,
        confidence=0.9,
        hold_s=60,
        asked_by="desk",
        at=NOW,
    )


def amended(uow: SqlUnitOfWork, wishes: dict[str, str], order: Order) -> None:
    amend(uow, order.order_id, order.version, wishes, "Asked for", "desk", NOW)


@pytest.mark.parametrize(
    "wish",
    [
        lambda uow: ordered(uow, FUSE),
        asked,
        lambda uow: amended(uow, {"part_number": FUSE}, ordered(uow)),
        lambda uow: amended(uow, {"contract_id": "pumps"}, ordered(uow, FUSE, "two-hours")),
    ],
    ids=["order", "promise", "another part", "another contract"],
)
def test_a_part_that_is_not_covered_is_refused(world: Store, wish: Callable[[SqlUnitOfWork], object]) -> None:
    with world.writing() as uow, pytest.raises(NotCovered, match="Pumps alone covers PUMP-1, and not FUSE"):
        wish(uow)


def test_what_is_covered_is_ordered_and_a_contract_that_names_nothing_covers_all(world: Store) -> None:
    with world.writing() as uow:
        assert ordered(uow).part_number == PUMP
        assert ordered(uow, FUSE, "two-hours").part_number == FUSE
        amended(uow, {"note": "Ring twice"}, ordered(uow))


def test_so_many_returns_are_covered_in_any_year(world: Store) -> None:
    with world.writing() as uow:
        ordered(uow, back=True)
        second = ordered(uow, days=30, back=True)
        ordered(uow, days=40)  # nothing comes back
        with pytest.raises(NotCovered, match="covers 2 returns a year, and 2 were made"):
            ordered(uow, days=50, back=True)
        cancel(uow, second.order_id, "Not broken", "desk", NOW)
        ordered(uow, days=50, back=True)  # what was called off does not count
        with pytest.raises(NotCovered):
            ordered(uow, days=51, back=True)
        ordered(uow, days=YEAR.days + 1, back=True)  # the first is older than a year


def test_a_contract_names_parts_that_there_are_once_each(world: Store) -> None:
    with world.writing() as uow, pytest.raises(NotFound, match="PUMP-9"):
        add_contract(uow, Contract("more", "More", 7200, covers=(PUMP, "PUMP-9")))
    with pytest.raises(InvalidValue, match="twice"):
        Contract("more", "More", 7200, covers=(PUMP, PUMP))
    with pytest.raises(InvalidValue, match="returns_a_year"):
        Contract("more", "More", 7200, returns_a_year=-1)
