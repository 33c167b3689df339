"""Mail to the operator: outside the ledger, so that it also leaves when the database is what is down."""

from urllib.parse import quote

from common.errors import NotConfigured
from common.mail.model import Incident, Mail
from common.mail.port import Accepted
from common.mail.render import render
from common.mail.sending import letterhead_of, mailer_of
from common.ops.health.look import Look
from common.ops.health.memory import Known
from common.ops.health.verdict import Color, Verdict
from common.settings import Settings

LOGS = "https://console.cloud.google.com/logs/query;query={query}?project={project}"


def tell_operator(look: Look, verdict: Verdict, known: Known) -> bool:
    """Mail that VERDICT is so since KNOWN.since; return whether the mail was taken. What was wrong is logged."""
    try:
        address = look.settings.need("operator_address")["operator_address"]
        mail = render(_mail(look, address, verdict, known), letterhead_of(look.settings))
        outcome = mailer_of(look.settings, lambda: look.now).send(mail)
    except NotConfigured as fault:
        look.log.error("operator.not_told", component=verdict.component, reason=str(fault))
        return False
    if not isinstance(outcome, Accepted):
        look.log.error("operator.not_told", component=verdict.component, reason=outcome.reason)
    return isinstance(outcome, Accepted)


def _mail(look: Look, address: str, verdict: Verdict, known: Known) -> Mail:
    says = "well again" if not verdict.is_red else str(verdict.color)
    incident = Incident(
        component=verdict.component,
        verdict=says,
        since=known.since,
        summary=f"{verdict.component} is {says}: {verdict.number}",
        facts=(("Measured", verdict.number),),
        next_step=verdict.next_step or "Nothing.",
        url=_where_to_look(look.settings),
    )
    return Mail(
        to=address,
        delivery_id=f"health-{_name(verdict.component)}-{known.since:%Y%m%dT%H%M%S}",
        made_at=look.now,
        zone="UTC",
        content=incident,
    )


def _name(component: str) -> str:
    return component.replace(" ", "-")


def _where_to_look(settings: Settings) -> str:
    """Return the log view of health_check; on a laptop the site itself."""
    if not settings.google_cloud_project:
        return settings.public_base_url or ""
    query = quote('labels.function="health_check"', safe="")
    return LOGS.format(query=query, project=settings.google_cloud_project)


def operator(look: Look) -> list[Verdict]:
    """Judge whether the operator can be told at all."""
    if look.settings.operator_address:
        return [Verdict("operator", Color.GREEN, "an address is set")]
    return [Verdict("operator", Color.RED, "OPERATOR_ADDRESS not set", "set it: nobody hears of faults")]
