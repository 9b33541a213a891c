"""What becomes of units that came back: the rules, decisions and their execution, certificates."""

from __future__ import annotations

from typing import Any

from apiflask import APIBlueprint
from flask import Response

from api.access import caller
from api.certificate_pdf import certificate_pdf
from api.context import context
from api.disposition_presenters import certificate_view, disposition_view, rules_view
from api.operation import effect, operation
from api.paging import page_of
from mobile_contract.common import Page
from mobile_contract.dispositions import (
    CertificateQuery,
    CertificateView,
    DispositionExecution,
    DispositionOverride,
    DispositionQuery,
    DispositionView,
    NewDisposition,
    NewRules,
    RulesQuery,
    RulesView,
)
from tracking.identity.roles import Scope
from tracking.parts.part import PartKind
from tracking.repairs import disposing
from tracking.repairs.disposing import Asked
from tracking.repairs.disposition import Certificate, Disposition
from tracking.repairs.executing import Harvested, Recycling, execute
from tracking.repairs.rules import DEFAULT_RULES, Option, Rates, Rule
from tracking.repairs.service import Actor
from tracking.repairs.valuing import Finding

dispositions = APIBlueprint("dispositions", __name__, url_prefix="/v1", tag="Dispositions")

_WRITE: dict[str, Any] = {
    "scope": Scope.REPAIRS_WRITE,
    "idempotent": True,
    "errors": {404: "Something that was named does not exist.", 409: "Its state does not allow this."},
}


@operation(
    dispositions,
    "GET",
    "/disposition-rules",
    RulesView,
    scope=Scope.READ,
    query=RulesQuery,
    errors={404: "There is no such version."},
)
def get_disposition_rules(query: RulesQuery) -> RulesView:
    """The rule table in force, or an earlier version of it."""
    with context().store.reading() as uow:
        if query.version is None:
            return rules_view(disposing.current_rules(uow))
        if query.version == DEFAULT_RULES.version:
            return rules_view(DEFAULT_RULES)
        return rules_view(uow.disposition_rules.require(query.version))


@operation(
    dispositions,
    "PUT",
    "/disposition-rules",
    RulesView,
    body=NewRules,
    **_WRITE | {"scope": Scope.RULES_WRITE},
)
def change_disposition_rules(body: NewRules) -> Any:
    """Replace the rule table; the earlier version stays readable, and decisions name theirs."""
    rates, rows = Rates(**body.rates.model_dump()), tuple(_rule(row.model_dump()) for row in body.rules)
    with effect() as this:
        changed = disposing.change_rules(this.uow, body.version, rates, rows, body.note, _actor())
        return this.conclude(rules_view(changed))


@operation(
    dispositions, "GET", "/dispositions", Page[DispositionView], scope=Scope.READ, query=DispositionQuery
)
def list_dispositions(query: DispositionQuery) -> dict[str, Any]:
    """Dispositions, the newest first."""
    with context().store.reading() as uow:
        return page_of(
            uow.records(Disposition),
            query,
            lambda found: [disposition_view(made) for made in found],
            key="disposition_id",
            newest_first=True,
        )


@operation(dispositions, "POST", "/dispositions", DispositionView, body=NewDisposition, status=201, **_WRITE)
def decide_disposition(body: NewDisposition) -> Any:
    """Decide by value and rules what becomes of a unit; an earlier decision on it is superseded."""
    asked = Asked(
        body.return_id,
        body.serial,
        Finding(body.finding) if body.finding else None,
        body.hazard,
        body.vendor_warranty_until,
    )
    with effect() as this:
        return this.conclude(disposition_view(disposing.dispose(this.uow, asked, _actor())))


@operation(dispositions, "GET", "/dispositions/<disposition_id>", DispositionView, scope=Scope.READ)
def get_disposition(disposition_id: str) -> DispositionView:
    """One disposition, with each option's value and the reason."""
    with context().store.reading() as uow:
        return disposition_view(uow.dispositions.require(disposition_id))


@operation(
    dispositions,
    "POST",
    "/dispositions/<disposition_id>/override",
    DispositionView,
    body=DispositionOverride,
    **_WRITE,
)
def override_disposition(disposition_id: str, body: DispositionOverride) -> Any:
    """Let a person's choice hold, with the reason."""
    with effect() as this:
        made = disposing.override(this.uow, disposition_id, Option(body.option), body.reason, _actor())
        return this.conclude(disposition_view(made))


@operation(
    dispositions,
    "POST",
    "/dispositions/<disposition_id>/execute",
    DispositionView,
    body=DispositionExecution,
    **_WRITE,
)
def execute_disposition(disposition_id: str, body: DispositionExecution) -> Any:
    """Carry it out: open the work order, or move the unit on; what is recycled gets a certificate."""
    harvested = tuple(Harvested(piece.part_number, piece.quantity) for piece in body.harvested)
    with effect() as this:
        made = execute(this.uow, disposition_id, _actor(), _recycling(body), harvested)
        return this.conclude(disposition_view(made))


@operation(
    dispositions, "GET", "/certificates", Page[CertificateView], scope=Scope.READ, query=CertificateQuery
)
def list_certificates(query: CertificateQuery) -> dict[str, Any]:
    """Material certificates of what was recycled."""
    with context().store.reading() as uow:
        return page_of(
            uow.records(Certificate),
            query,
            lambda found: [certificate_view(certificate) for certificate in found],
            key="number",
        )


@operation(dispositions, "GET", "/certificates/<number>", CertificateView, scope=Scope.READ)
def get_certificate(number: str) -> CertificateView:
    """One material certificate."""
    with context().store.reading() as uow:
        return certificate_view(uow.certificates.require(number))


@operation(
    dispositions,
    "GET",
    "/certificates/<number>.pdf",
    None,
    scope=Scope.READ,
    produces="application/pdf",
)
def get_certificate_pdf(number: str) -> Response:
    """One material certificate as PDF, A4."""
    with context().store.reading() as uow:
        certificate = uow.certificates.require(number)
    return Response(certificate_pdf(certificate), mimetype="application/pdf")


def _recycling(body: DispositionExecution) -> Recycling | None:
    if body.recycling is None:
        return None
    told = body.recycling
    materials = tuple((each.material, each.weight_g) for each in told.materials)
    return Recycling(told.recycler, told.reference, told.recycled_at, told.weight_g, materials)


def _rule(row: dict[str, Any]) -> Rule:
    kind = PartKind(row["kind"]) if row["kind"] else None
    return Rule(**row | {"kind": kind, "allowed": tuple(map(Option, row["allowed"]))})


def _actor() -> Actor:
    return Actor(caller().login, context().clock())
