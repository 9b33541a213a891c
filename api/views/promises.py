"""Promises: when a part can be there, from where, and how surely, before it is ordered."""

from __future__ import annotations

import hashlib
import time
from typing import Any

from apiflask import APIBlueprint
from flask import g

from api.access import caller
from api.context import context
from api.operation import effect, operation
from api.order_presenters import promise_views
from api.paging import page_of
from mobile_contract.common import Page
from mobile_contract.promises import NewPromise, PromiseQuery, PromiseView
from tracking.identity.roles import Scope
from tracking.orders import promising
from tracking.orders.order import Urgency
from tracking.orders.promise import Promise, PromiseState
from tracking.values.errors import FieldstockError

promises = APIBlueprint("promises", __name__, url_prefix="/v1", tag="Promises")

ANSWER_S = 15.0
FIRST_LOOK_S, LAST_LOOK_S = 0.01, 0.25
"""The pauses between looks whether the planner has answered, growing: many may wait at once."""


class NoPlanner(FieldstockError):
    """No planner answered a question in time."""

    code = "no_planner"
    action = "Order without a promise, or ask again; /readyz tells whether the planner runs."
    retry_after_s = 5


@operation(
    promises,
    "POST",
    "/promises",
    PromiseView,
    scope=Scope.ORDERS_WRITE,
    body=NewPromise,
    status=201,
    idempotent=True,
    errors={404: "Something that was named does not exist.", 503: "No planner answered, or busy: try again."},
)
def ask_promise(body: NewPromise) -> Any:
    """Ask when a part can be at a site; the best source's part is set aside for a while."""
    once = g.get("once")
    with context().store.writing() as uow:
        asked = promising.ask(
            uow,
            site_id=body.site_id,
            part_number=body.part_number,
            quantity=body.quantity,
            contract_id=body.contract_id,
            urgency=Urgency(body.urgency),
            confidence=body.confidence,
            hold_s=body.hold_s,
            machine_id=body.machine_id,
            required_courier_id=body.required_courier_id,
            forbidden_courier_ids=body.forbidden_courier_ids,
            asked_by=caller().login,
            at=context().clock(),
            request_key=once and hashlib.sha256(f"{once.principal} {once.key}".encode()).hexdigest(),
        )
        uow.commit()
    _await_answer(asked.promise_id)
    with effect() as this:
        return this.conclude(promise_views(this.uow, [this.uow.promises.require(asked.promise_id)])[0])


@operation(promises, "GET", "/promises", Page[PromiseView], scope=Scope.READ, query=PromiseQuery)
def list_promises(query: PromiseQuery) -> dict[str, Any]:
    """Promises, the newest first."""
    with context().store.reading() as uow:
        return page_of(
            uow.records(Promise),
            query,
            lambda found: promise_views(uow, found),
            key="promise_id",
            newest_first=True,
        )


@operation(promises, "GET", "/promises/<promise_id>", PromiseView, scope=Scope.READ)
def get_promise(promise_id: str) -> PromiseView:
    """One promise as it stands."""
    with context().store.reading() as uow:
        return promise_views(uow, [uow.promises.require(promise_id)])[0]


@operation(
    promises,
    "POST",
    "/promises/<promise_id>/release",
    PromiseView,
    scope=Scope.ORDERS_WRITE,
    idempotent=True,
    errors={409: "It is not held any more."},
)
def release_promise(promise_id: str) -> Any:
    """Let go of what is set aside: the caller does not want it."""
    with effect() as this:
        promising.give_up(this.uow, promise_id, context().clock())
        return this.conclude(promise_views(this.uow, [this.uow.promises.require(promise_id)])[0])


def _await_answer(promise_id: str) -> None:
    """Return when the planner has answered. Raises `NoPlanner`; then nothing will be held."""
    deadline_s, pause_s = time.monotonic() + ANSWER_S, FIRST_LOOK_S
    while time.monotonic() < deadline_s:
        time.sleep(pause_s)
        pause_s = min(LAST_LOOK_S, 1.5 * pause_s)
        with context().store.reading() as uow:
            if uow.promises.require(promise_id).state is not PromiseState.ASKED:
                return
    with context().store.writing() as uow:
        if uow.promises.require(promise_id, lock=True).state is not PromiseState.ASKED:
            return
        promising.give_up(uow, promise_id, context().clock())
        uow.commit()
    raise NoPlanner(f"No planner answered within {ANSWER_S:.0f} s.")
