"""The page of a return link: what its customer may return and how, said with the link's token alone."""

from __future__ import annotations

from typing import Any

from apiflask import APIBlueprint
from flask import Response, g, request

from api.access import Caller, off_loop
from api.bench_presenters import photo_view
from api.context import context
from api.labels.label import SIZES, return_label
from api.labels.pdf import label_pdf
from api.operation import Effect, effect, operation
from api.return_link_presenters import customer_page, warranty_view
from api.views.photos import photo_body
from mobile_contract.inspections import PhotoView
from mobile_contract.return_links import CustomerReturnPage, CustomerSubmission, SerialQuery, SerialView
from mobile_contract.returns import ChosenWay, PdfLabelQuery, Shipment
from tracking.custody.photo import MEDIA_TYPES, photo_of
from tracking.returns import linking
from tracking.returns.choosing import ship
from tracking.returns.link import LinkUnknown, LinkUsed, ReturnLink
from tracking.returns.returnable import check_serial, warranty_of
from tracking.returns.ways import ReturnWay
from tracking.unit_of_work import UnitOfWork

customer_returns = APIBlueprint("customer_returns", __name__, url_prefix="/v1", tag="Customer returns")

_LINK: dict[int, str] = {
    404: "There is no such link.",
    410: "The link has expired, or was revoked.",
    429: "Too many requests came through this link, or from this address.",
}
_WRITE = _LINK | {409: "The link was used for something else, or the return's state does not allow this."}
LONGEST_TOKEN = 128


@operation(customer_returns, "GET", "/customer-return", CustomerReturnPage, public=True, errors=_LINK)
def get_customer_return() -> CustomerReturnPage:
    """What may be returned by the link and how, or how the return that was announced stands."""
    link = _link()
    with context().store.reading() as uow:
        return customer_page(uow, link, context().clock())


@operation(
    customer_returns,
    "GET",
    "/customer-return/serial",
    SerialView,
    public=True,
    query=SerialQuery,
    errors=_LINK | {409: "A return of it is under way.", 422: "It was not delivered to this site."},
)
def check_customer_serial(query: SerialQuery) -> SerialView:
    """Hold a serial against what was delivered to the site, and say what is recorded of its warranty."""
    link = _link(counted=True)
    with context().store.reading() as uow:
        check_serial(uow, link, query.part_number, query.serial)
        warranty = warranty_view(warranty_of(uow, query.serial, context().clock()))
    return SerialView(part_number=query.part_number, serial=query.serial, warranty=warranty)


@operation(
    customer_returns,
    "POST",
    "/customer-return/photos",
    PhotoView,
    public=True,
    status=201,
    consumes=tuple(MEDIA_TYPES),
    errors=_WRITE | {413: "More than 10 MB.", 422: "The body is no JPEG, PNG or WebP."},
)
def add_customer_photo() -> Any:
    """Keep a photo for the return, the body as it is; the same again is kept once."""
    link = _link(counted=True)
    data = photo_body()
    photo = off_loop(photo_of, data, link.actor, context().clock())
    with context().store.reading() as uow:
        linking.check_photo_room(uow.return_links.require(link.link_id), photo)
    off_loop(context().photos.keep, photo, data)
    with effect() as this:
        return this.conclude(photo_view(linking.add_link_photo(this.uow, link.link_id, photo)))


@operation(
    customer_returns,
    "POST",
    "/customer-return",
    CustomerReturnPage,
    public=True,
    body=CustomerSubmission,
    errors=_WRITE | {422: "A field is not as documented, or the serial was not delivered to this site."},
)
def submit_customer_return(body: CustomerSubmission) -> Any:
    """Announce the return, and how it comes; a second tap changes nothing."""
    link = _link(counted=True)
    said = linking.Submission(
        body.part_number,
        body.serial,
        body.reason.strip(),
        ReturnWay(body.way),
        body.place_id,
        tuple(body.photos),
    )
    with effect() as this:
        linking.submit(this.uow, link.link_id, said, context().clock())
        return _shown(this, link)


@operation(
    customer_returns,
    "POST",
    "/customer-return/way",
    CustomerReturnPage,
    public=True,
    body=ChosenWay,
    errors=_WRITE,
)
def choose_customer_way(body: ChosenWay) -> Any:
    """Let the announced return come in another way, as long as it has not left its site."""
    link = _link(counted=True)
    with effect() as this:
        way = ReturnWay(body.way)
        linking.choose_again(this.uow, link.link_id, way, body.place_id, context().clock())
        return _shown(this, link)


@operation(
    customer_returns,
    "POST",
    "/customer-return/shipment",
    CustomerReturnPage,
    public=True,
    body=Shipment,
    errors=_WRITE,
)
def ship_customer_return(body: Shipment) -> Any:
    """Say which carrier has the return, and its tracking number."""
    link = _link(counted=True)
    with effect() as this:
        return_id, now = _submitted(this.uow, link), context().clock()
        ship(this.uow, return_id, body.carrier, body.tracking_number, link.actor, now)
        return _shown(this, link)


@operation(
    customer_returns,
    "GET",
    "/customer-return/label.pdf",
    None,
    public=True,
    query=PdfLabelQuery,
    produces="application/pdf",
    errors=_LINK | {409: "Nothing was announced by this link yet."},
)
def get_customer_label(query: PdfLabelQuery) -> Response:
    """The label of the announced return as PDF."""
    link = _link(counted=True)
    with context().store.reading() as uow:
        rma = uow.returns.require(_submitted(uow, link))
        label = return_label(uow, rma, context().settings.gs1_company_prefix)
    return Response(off_loop(label_pdf, label, SIZES[query.size]), mimetype="application/pdf")


def _link(*, counted: bool = False) -> ReturnLink:
    """Return the link whose token this request carries, and let its customer be the caller.

    Raises `LinkUnknown`, `LinkExpired`, `LinkRevoked`, and `LinkThrottled` when its address tried too many
    that are not known, or, where this is `counted`, when too much was asked through it.
    """
    now = context().clock()
    try:
        with context().store.reading() as uow:
            link = linking.find_link(uow, _token(), now)
    except LinkUnknown:
        _count(f"return-links:{request.remote_addr or ''}", linking.USES_OF_ADDRESS)
        raise
    if counted:
        _count(link.actor, linking.USES_OF_LINK)
    g.caller = Caller(link.actor, None, None, link.expires_at, frozenset())
    return link


def _token() -> str:
    kind, _, token = request.headers.get("Authorization", "").partition(" ")
    if kind.lower() != "bearer" or not 0 < len(token) <= LONGEST_TOKEN:
        raise LinkUnknown("This request names no link.")
    return token.strip()


def _count(key: str, most: int) -> None:
    with context().store.writing() as uow:
        linking.count_use(uow, key, most, context().clock())
        uow.commit()


def _submitted(uow: UnitOfWork, link: ReturnLink) -> str:
    if link.submitted_at is None or link.return_id is None:
        raise LinkUsed("Nothing was announced by this link yet.", "Announce the return first.")
    return uow.returns.require(link.return_id).return_id


def _shown(this: Effect, link: ReturnLink) -> CustomerReturnPage:
    """Commit, and answer with the page as it stands."""
    page = customer_page(this.uow, this.uow.return_links.require(link.link_id), context().clock())
    return this.conclude(page)  # type: ignore[return-value]
