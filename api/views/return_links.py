"""Return links, as the desk makes and revokes them."""

from __future__ import annotations

from typing import Any

from apiflask import APIBlueprint

from api.access import caller
from api.context import context
from api.operation import effect, operation
from api.paging import page_of
from api.return_link_presenters import link_view
from mobile_contract.common import Page
from mobile_contract.return_links import MadeReturnLink, NewReturnLink, ReturnLinkQuery, ReturnLinkView
from tracking.identity.roles import Scope
from tracking.returns.link import ReturnLink
from tracking.returns.linking import make_link, revoke_link

return_links = APIBlueprint("return_links", __name__, url_prefix="/v1", tag="Return links")


@operation(
    return_links,
    "GET",
    "/return-links",
    Page[ReturnLinkView],
    scope=Scope.READ,
    query=ReturnLinkQuery,
)
def list_return_links(query: ReturnLinkQuery) -> dict[str, Any]:
    """Return links, the newest first."""
    now = context().clock()
    with context().store.reading() as uow:
        return page_of(
            uow.records(ReturnLink),
            query,
            lambda found: [link_view(link, now) for link in found],
            key="link_id",
            newest_first=True,
        )


@operation(
    return_links,
    "POST",
    "/return-links",
    MadeReturnLink,
    scope=Scope.RETURNS_WRITE,
    body=NewReturnLink,
    status=201,
    idempotent=True,
    errors={404: "Something that was named does not exist.", 409: "The return has left its site."},
)
def make_return_link(body: NewReturnLink) -> Any:
    """Make a link by which a customer announces one return, without an account."""
    now = context().clock()
    with effect() as this:
        link, token = make_link(
            this.uow,
            site_id=body.site_id,
            machine_id=body.machine_id,
            order_id=body.order_id,
            return_id=body.return_id,
            valid_days=body.valid_days,
            by=caller().login,
            at=now,
        )
        answer = MadeReturnLink(**link_view(link, now).model_dump(), url=None)
        this.conclude(answer)
    return answer.model_copy(update={"url": f"{context().settings.base_url}/r/{token}"})


@operation(
    return_links,
    "POST",
    "/return-links/<link_id>/revoke",
    ReturnLinkView,
    scope=Scope.RETURNS_WRITE,
    idempotent=True,
)
def revoke_return_link(link_id: str) -> Any:
    """Take a link back: its page shows nothing any more."""
    now = context().clock()
    with effect() as this:
        link = revoke_link(this.uow, link_id, caller().login, now)
        return this.conclude(link_view(link, now))
