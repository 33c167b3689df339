"""What the operator is mailed when a component turns red, or is red no longer."""

from common.errors import NotConfigured
from common.mail.model import Incident
from common.mail.port import Accepted, SurelyNotSent
from common.ops.health.look import Look
from common.ops.health.memory import Known
from common.ops.health.verdict import Color, Verdict
from common.ops.operator_mail import mail_operator, where_to_look
from common.tasks import HEALTH_CHECK


def tell_operator(look: Look, verdict: Verdict, known: Known) -> bool:
    """Mail that VERDICT is so since KNOWN.since; return whether the mail may have left. What was wrong is logged."""
    delivery_id = f"health-{_name(verdict.component)}-{known.since:%Y%m%dT%H%M%S}"
    try:
        outcome = mail_operator(look.settings, _incident(look, verdict, known), delivery_id, look.now)
    except NotConfigured as fault:
        look.log.error("operator.not_told", component=verdict.component, reason=str(fault))
        return False
    if not isinstance(outcome, Accepted):
        look.log.error("operator.not_told", component=verdict.component, reason=outcome.reason)
    return not isinstance(outcome, SurelyNotSent)


def _incident(look: Look, verdict: Verdict, known: Known) -> Incident:
    says = "well again" if not verdict.is_red else str(verdict.color)
    return Incident(
        component=verdict.component,
        verdict=says,
        since=known.since,
        summary=f"{verdict.component} is {says}: {verdict.number}",
        facts=(("Measured", verdict.number),),
        next_step=verdict.next_step or "Nothing.",
        url=where_to_look(look.settings, HEALTH_CHECK),
    )


def _name(component: str) -> str:
    return component.replace(" ", "-")


def operator(look: Look) -> list[Verdict]:
    """Judge whether the operator can be told at all."""
    if look.settings.operator_address:
        return [Verdict("operator", Color.GREEN, "an address is set")]
    return [Verdict("operator", Color.RED, "OPERATOR_ADDRESS not set", "set it: nobody hears of faults")]
