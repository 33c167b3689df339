"""A mail to the operator: outside the ledger, so that it also leaves when the database is what is down."""

from datetime import datetime
from urllib.parse import quote

from common.mail.model import Incident, Mail
from common.mail.port import Outcome
from common.mail.render import render
from common.mail.sending import letterhead_of, mailer_of
from common.settings import Settings
from common.tasks import Task

LOGS = "https://console.cloud.google.com/logs/query;query={query}?project={project}"


def mail_operator(settings: Settings, incident: Incident, delivery_id: str, now: datetime) -> Outcome:
    """Hand INCIDENT over once. Raises NotConfigured naming what sending lacks, OPERATOR_ADDRESS included."""
    address = settings.need("operator_address")["operator_address"]
    mail = Mail(to=address, delivery_id=delivery_id, made_at=now, zone="UTC", content=incident)
    return mailer_of(settings, lambda: now).send(render(mail, letterhead_of(settings)))


def where_to_look(settings: Settings, task: Task) -> str:
    """Return the log view of TASK; on a laptop the site itself."""
    if not settings.google_cloud_project:
        return settings.public_base_url or ""
    query = quote(f'labels.function="{task.name}"', safe="")
    return LOGS.format(query=query, project=settings.google_cloud_project)
