"""How dispositions, their rules and material certificates are shown to people."""

from __future__ import annotations

from mobile_contract.dispositions import (
    CertificateView,
    DispositionState,
    DispositionView,
    MaterialMessage,
    Option,
    OptionView,
    RatesMessage,
    RuleMessage,
    RulesView,
)
from tracking.repairs.disposition import Certificate, Disposition
from tracking.repairs.rules import DispositionRules


def rules_view(rules: DispositionRules) -> RulesView:
    """Show a version of the table."""
    return RulesView(
        version=rules.version,
        rates=RatesMessage(**rules.rates),
        rules=[RuleMessage(**row) for row in rules.rules],
        note=rules.note,
        added_by=rules.added_by,
        added_at=rules.added_at,
    )


def disposition_view(made: Disposition) -> DispositionView:
    """Show a decision, with what it was made of."""
    return DispositionView(
        disposition_id=made.disposition_id,
        number=made.number,
        version=made.version,
        state=DispositionState(made.state),
        part_number=made.part_number,
        serial=made.serial,
        quantity=made.quantity,
        location_id=made.location_id,
        return_id=made.return_id,
        best=Option(made.best),
        chosen=Option(made.chosen),
        reason=made.reason,
        options=[OptionView(**option) for option in made.options],
        facts=made.facts,
        rule=made.rule,
        rules_version=made.rules_version,
        decided_by=made.decided_by,
        decided_at=made.decided_at,
        overridden_by=made.overridden_by,
        overridden_at=made.overridden_at,
        executed_by=made.executed_by,
        executed_at=made.executed_at,
        work_order_id=made.work_order_id,
        certificate=made.certificate,
    )


def certificate_view(certificate: Certificate) -> CertificateView:
    """Show a material certificate."""
    return CertificateView(
        number=certificate.number,
        disposition_id=certificate.disposition_id,
        part_number=certificate.part_number,
        part_name=certificate.part_name,
        serial=certificate.serial,
        quantity=certificate.quantity,
        weight_g=certificate.weight_g,
        materials=[MaterialMessage(**material) for material in certificate.materials],
        recycler=certificate.recycler,
        reference=certificate.reference,
        recycled_at=certificate.recycled_at,
        issued_by=certificate.issued_by,
        issued_at=certificate.issued_at,
        custody_position=certificate.custody_position,
        custody_mac=certificate.custody_mac,
    )
