"""Whatever happens to stock, in whatever order, balances are sums of moves and promises are covered."""

from __future__ import annotations

import random
from collections import Counter, defaultdict
from collections.abc import Callable
from datetime import timedelta

from sqlalchemy import select

from tests.conftest import CUSTODY_KEY
from tests.postgres import PostgresServer
from tests.world import FUSE, NOW, PUMP, build_world
from tracking.parts.location import UNACCOUNTED, Location, LocationKind
from tracking.parts.part import Condition
from tracking.parts.service import (
    Movement,
    add_location,
    close_count_task,
    expire_reservations,
    move,
    move_reported,
    open_count_task,
    receive,
    release,
    reserve,
)
from tracking.parts.stock import OutOfStock, Reservation, SerialElsewhere
from tracking.returns.service import announce, receive_at_bench
from tracking.store.tables import stock_moves
from tracking.store.unit_of_work import SqlUnitOfWork, Store
from tracking.values.errors import InvalidValue

SHELVES = ("depot", "bench", "van-anna", "van-ben", "locker-schaan-c1", "locker-schaan-c2")
OUTSIDE = ("supplier", "hospital", UNACCOUNTED)
PLACES = (*SHELVES, *OUTSIDE, "scrap")
AT_ONCE = 100
"""Operations a transaction."""
REFUSALS = (OutOfStock, SerialElsewhere, InvalidValue)


class Storm:
    """A seeded sequence of operations, with a count of its own of what must be where afterwards."""

    def __init__(self, store: Store, seed: int) -> None:
        self.store, self.chance = store, random.Random(seed)
        self.now, self.made, self.jobs = NOW, 0, 0
        self.pieces: Counter[tuple[str, str]] = Counter()
        self.places: dict[str, str] = {}
        self.done: Counter[str] = Counter()
        self.refused: Counter[str] = Counter()
        with store.writing() as uow:
            build_world(uow)
            add_location(uow, Location("scrap", LocationKind.SCRAP, "Scrap", None), NOW)
            uow.commit()

    def run(self, operations: int) -> None:
        """Do so many operations; what is refused leaves nothing behind."""
        kinds: list[tuple[Callable[[SqlUnitOfWork], None], int]] = [
            (self.receipt, 12),
            (self.reservation, 24),
            (self.expiry, 8),
            (self.giving_back, 10),
            (self.consumption, 8),
            (self.transfer, 14),
            (self.report, 12),
            (self.adjustment, 6),
            (self.cycle_count, 6),
            (self.customer_return, 4),
        ]
        chosen = self.chance.choices([k for k, _ in kinds], [weight for _, weight in kinds], k=operations)
        for n in range(0, operations, AT_ONCE):
            with self.store.writing() as uow:
                for operation in chosen[n : n + AT_ONCE]:
                    self.now += timedelta(seconds=self.chance.randint(0, 90))
                    self._try(uow, operation)
                _check_promises(uow)
                uow.commit()

    def _try(self, uow: SqlUnitOfWork, operation: Callable[[SqlUnitOfWork], None]) -> None:
        pieces, places = self.pieces.copy(), dict(self.places)
        try:
            with uow.attempt():
                operation(uow)
            self.done[operation.__name__] += 1
        except REFUSALS:
            self.pieces, self.places = pieces, places
            self.refused[operation.__name__] += 1

    def receipt(self, uow: SqlUnitOfWork) -> None:
        serials = self._new_serials() if self.chance.random() < 0.5 else ()
        part = PUMP if serials else FUSE
        self._done(self._movement("supplier", self._shelf(), part, len(serials) or 9, serials), uow, receive)

    def reservation(self, uow: SqlUnitOfWork) -> None:
        self.jobs += 1
        until = self.now + timedelta(minutes=self.chance.randint(1, 60))
        part, shelf = self.chance.choice((PUMP, FUSE)), self._shelf()
        lasts = None if self.chance.random() < 0.4 else until
        reserve(uow, f"order-{self.jobs}", shelf, part, self.chance.randint(1, 3), self.now, lasts)

    def expiry(self, uow: SqlUnitOfWork) -> None:
        expire_reservations(uow, self.now)
        left = [r.expires_at for r in uow.reservations.find(released_at=None) if r.expires_at]
        assert all(at > self.now for at in left)

    def giving_back(self, uow: SqlUnitOfWork) -> None:
        held = self._held(uow)
        before = uow.ledger.balance(held.location_id, held.part_number)
        release(uow, held.order_id, self.now)
        after = uow.ledger.balance(held.location_id, held.part_number)
        assert after.available == before.available + held.quantity

    def consumption(self, uow: SqlUnitOfWork) -> None:
        """Take what is set aside for an order to its customer, or to scrap."""
        held, to_id = self._held(uow), self.chance.choice(("hospital", "scrap"))
        taken = self._movement(
            held.location_id, to_id, held.part_number, held.quantity, held.serials, held.order_id
        )
        self._done(taken, uow, move)

    def transfer(self, uow: SqlUnitOfWork) -> None:
        from_id, to_id = self._shelf(), self.chance.choice(PLACES)
        self._done(self._taken(from_id, to_id), uow, move)

    def report(self, uow: SqlUnitOfWork) -> None:
        """Report what a courier did, right or wrong: it is posted, and what was not there is booked in."""
        said = self._taken(self._shelf(), self.chance.choice(PLACES), anywhere=True)
        posted = move_reported(uow, said)
        if not said.serials:
            said = self._movement(
                said.from_id, said.to_id, said.part_number, said.quantity, posted.serials, ""
            )
        self._reported(said)

    def adjustment(self, uow: SqlUnitOfWork) -> None:
        ways = [(self._shelf(), UNACCOUNTED), (UNACCOUNTED, self._shelf())]
        self._done(self._taken(*self.chance.choice(ways)), uow, move)

    def cycle_count(self, uow: SqlUnitOfWork) -> None:
        """Count fuses on a shelf: the difference is booked, and the task closed."""
        shelf = self._shelf()
        open_count_task(uow, shelf, FUSE, "Cycle count.", self.now)
        known = uow.ledger.balance(shelf, FUSE).on_hand
        counted = max(0, known + self.chance.randint(-3, 3))
        if counted != known:
            ways = (UNACCOUNTED, shelf) if counted > known else (shelf, UNACCOUNTED)
            self._reported(self._movement(*ways, FUSE, abs(counted - known)), uow)
        for task in uow.count_tasks.find(location_id=shelf, closed_at=None):
            assert close_count_task(uow, task.task_id, "counter", self.now).closed_at == self.now

    def customer_return(self, uow: SqlUnitOfWork) -> None:
        at_site = sorted(serial for serial, place in self.places.items() if place == "hospital")
        serial = self.chance.choice(at_site) if at_site else self._new_serials()[0]
        rma = announce(
            uow,
            site_id="hospital",
            part_number=PUMP,
            serial=serial,
            destination_id=None,
            requested_by="desk",
            reason="Broken",
            at=self.now,
        )
        receive_at_bench(uow, rma.return_id, serial, "bench", self.now)
        assert uow.units.require(serial).condition is Condition.DEFECTIVE
        self._reported(self._movement("hospital", "bench", PUMP, 1, (serial,)))

    def check(self) -> None:
        """Hold the ledger against the moves as they stand, and against our own count."""
        with self.store.reading() as uow:
            balances = {(b.location_id, b.part_number): b for b in uow.ledger.balances()}
            on_hand = {line: balance.on_hand for line, balance in balances.items() if balance.on_hand}
            assert on_hand == _sum_of_moves(uow)
            assert on_hand == {line: pieces for line, pieces in self.pieces.items() if pieces}
            assert all(pieces >= 0 for (place, _), pieces in on_hand.items() if place not in OUTSIDE)
            assert {serial: uow.ledger.whereabouts(serial) for serial in self.places} == self.places
            _check_promises(uow)
            assert [serial for serial in self.places if uow.custody.faults(serial)] == []

    def _done(
        self, movement: Movement, uow: SqlUnitOfWork, way: Callable[[SqlUnitOfWork, Movement], object]
    ) -> None:
        way(uow, movement)
        self._count(movement, movement.from_id)

    def _reported(self, movement: Movement, uow: SqlUnitOfWork | None = None) -> None:
        """Count what was reported: where the ledger had it, it is gone from there."""
        if uow is not None:
            move_reported(uow, movement)
        line = (movement.from_id, movement.part_number)
        if movement.from_id in OUTSIDE and not movement.serials:
            self._count(movement, movement.from_id)
        elif not movement.serials:
            short = max(0, movement.quantity - self.pieces[line])
            self.pieces[UNACCOUNTED, movement.part_number] -= short
            self.pieces[line] += short
            self._count(movement, movement.from_id)
        for serial in movement.serials:
            known = self.places.get(serial)
            fetched = known or (movement.from_id if movement.from_id in OUTSIDE else UNACCOUNTED)
            self.pieces[fetched, movement.part_number] -= 1
            self.pieces[movement.to_id, movement.part_number] += 1
            self.places[serial] = movement.to_id

    def _count(self, movement: Movement, from_id: str) -> None:
        self.pieces[from_id, movement.part_number] -= movement.quantity
        self.pieces[movement.to_id, movement.part_number] += movement.quantity
        self.places.update(dict.fromkeys(movement.serials, movement.to_id))

    def _taken(self, from_id: str, to_id: str, *, anywhere: bool = False) -> Movement:
        """Choose fuses, or pumps that lie there, now and then ones that do not."""
        if self.chance.random() < 0.6:
            return self._movement(from_id, to_id, FUSE, self.chance.randint(1, 6))
        lying = [s for s, place in self.places.items() if anywhere or place == from_id]
        serials = tuple(self.chance.sample(sorted(lying), min(len(lying), self.chance.randint(1, 2))))
        if anywhere and self.chance.random() < 0.3:
            serials = ()
        return self._movement(from_id, to_id, PUMP, len(serials) or 1, serials)

    def _movement(
        self,
        from_id: str,
        to_id: str,
        part_number: str,
        quantity: int,
        serials: tuple[str, ...] = (),
        reference: str = "",
    ) -> Movement:
        now = self.now
        return Movement(
            part_number, quantity, from_id, to_id, "storm", "test", now, now, reference, serials=serials
        )

    def _held(self, uow: SqlUnitOfWork) -> Reservation:
        line = {"location_id": self._shelf(), "part_number": self.chance.choice((PUMP, FUSE))}
        held = uow.reservations.find(released_at=None, **line)
        if not held:
            raise OutOfStock("Nothing is set aside there.")
        return self.chance.choice(sorted(held, key=lambda each: int(each.order_id.partition("-")[2])))

    def _new_serials(self) -> tuple[str, ...]:
        count = self.chance.randint(1, 2)
        self.made += count
        return tuple(f"S-{n}" for n in range(self.made - count, self.made))

    def _shelf(self) -> str:
        return self.chance.choice(SHELVES)


def _sum_of_moves(uow: SqlUnitOfWork) -> dict[tuple[str, str], int]:
    total: Counter[tuple[str, str]] = Counter()
    for posted in uow.connection.execute(select(stock_moves)):
        total[posted.from_id, posted.part_number] -= posted.quantity
        total[posted.to_id, posted.part_number] += posted.quantity
    return {line: pieces for line, pieces in total.items() if pieces}


def _check_promises(uow: SqlUnitOfWork) -> None:
    """Check that all that is set aside is there, sound, and set aside once."""
    held: dict[tuple[str, str], list[Reservation]] = defaultdict(list)
    for reservation in uow.reservations.find(released_at=None):
        held[reservation.location_id, reservation.part_number].append(reservation)
    for line, reservations in held.items():
        balance = uow.ledger.balance(*line)
        assert sum(each.quantity for each in reservations) == balance.reserved <= balance.sound, line
        named = [serial for each in reservations for serial in each.serials]
        assert len(named) == len(set(named))
        assert set(named) <= set(uow.ledger.serials_at(*line)) - set(balance.defective)


def _storm(store: Store, operations: int, seed: int) -> Storm:
    storm = Storm(store, seed)
    storm.run(operations)
    storm.check()
    assert sum(storm.done.values()) > operations // 2
    assert set(storm.done) == {
        "receipt",
        "reservation",
        "expiry",
        "giving_back",
        "consumption",
        "transfer",
        "report",
        "adjustment",
        "cycle_count",
        "customer_return",
    }
    return storm


def test_ten_thousand_operations_leave_a_true_ledger(sqlite_store: Store) -> None:
    storm = _storm(sqlite_store, 10_000, seed=20)
    with storm.store.writing() as uow:
        everything = storm.now + timedelta(hours=2)
        lasting = {r.order_id for r in uow.reservations.find(released_at=None, expires_at=None)}
        expire_reservations(uow, everything)
        assert {r.order_id for r in uow.reservations.find(released_at=None)} == lasting
        for order_id in lasting:
            release(uow, order_id, everything)
        for balance in uow.ledger.balances():
            assert balance.available == balance.on_hand - len(balance.defective)


def test_operations_leave_a_true_ledger_on_postgresql(postgres_server: PostgresServer) -> None:
    store = Store(postgres_server.migrated_database(), CUSTODY_KEY)
    _storm(store, 1_000, seed=21)
    store.close()
