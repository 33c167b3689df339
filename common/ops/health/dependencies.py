"""Whether what everything stands on answers: the database, Redis, history, and the way out for mail."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from time import perf_counter

from sqlalchemy import func, select

from common.db.alert_tables import messages, provider_events
from common.db.schema import refuse_other, revision_of
from common.disclosures.archive import Archive
from common.errors import DependencyDown, DocumentDamaged, NotConfigured, WrongSchema
from common.mail.sending import NEEDED, may_send
from common.ops.health.look import Look
from common.ops.health.verdict import Color, Verdict, judged, well

SLOW = 1000  # milliseconds; a question that takes longer is worth a look
EVENTS_WITHIN = timedelta(hours=2)  # SendGrid sends its first event of a mail within seconds
LOOK_BACK = timedelta(days=2)
DEPENDENCIES = frozenset({"database", "redis", "history"})


def database(look: Look) -> Iterator[Verdict]:
    """Judge the database by one question: which schema it has."""

    def ask() -> None:
        with look.database.reading() as connection:
            refuse_other(revision_of(connection))

    yield _timed("database", ask)


def redis(look: Look) -> Iterator[Verdict]:
    """Judge Redis by asking who holds a lock."""
    yield _timed("redis", lambda: look.lock.holder("health"))


def history(look: Look) -> Iterator[Verdict]:
    """Judge history (Firestore, or SQL) by reading a task's state."""
    yield _timed("history", lambda: look.history.read_state("health_check"))


def archive(look: Look) -> Iterator[Verdict]:
    """Judge the archive by keeping a mark of the day and reading it back."""
    yield _archive(look, lambda store: store.leave_mark(look.now.date()))


def archive_as_left(look: Look) -> Iterator[Verdict]:
    """Judge the archive by the mark that health_check left, today or yesterday; nothing is written."""

    def read(store: Archive) -> None:
        if not any(store.has_mark(look.now.date() - timedelta(days=days)) for days in (0, 1)):
            raise DependencyDown("archive", "health_check left no mark there, today or yesterday")

    yield _archive(look, read)


def _archive(look: Look, ask: Callable[[Archive], None]) -> Verdict:
    try:
        store = Archive.at(look.settings)
        return _timed("archive", lambda: ask(store))
    except (NotConfigured, DependencyDown, DocumentDamaged) as fault:
        return Verdict(
            "archive", Color.RED, str(fault), "look at ARCHIVE_URL, its bucket and its permissions"
        )


def _timed(component: str, ask: Callable[[], object]) -> Verdict:
    began = perf_counter()
    try:
        ask()
    except WrongSchema as wrong:
        return Verdict(component, Color.RED, wrong.what, wrong.what_next)
    except DependencyDown as down:
        return Verdict(component, Color.RED, str(down), f"look at the {component} and its credentials")
    took = (perf_counter() - began) * 1000
    slow = took > SLOW
    return judged(component, f"{took:.0f} ms", "it answers slowly: look at its load", red=False, yellow=slow)


def mail(look: Look) -> Iterator[Verdict]:
    """Judge whether mail may leave: the settings are there, and SendGrid takes the key."""
    settings = look.settings
    missing = [
        name.upper() for name in (*NEEDED[settings.mail], "address_key") if not getattr(settings, name)
    ]
    if missing:
        yield Verdict(
            "mail", Color.RED, f"{', '.join(missing)} not set", "set them; see README, Configuration"
        )
    elif settings.mail == "folder":
        yield Verdict("mail", Color.GREEN, "mails go into a folder, not to people")
    else:
        fault = may_send(settings)
        yield judged("mail", fault or "SendGrid takes the key", "deploy.sh secrets check", red=bool(fault))


def webhook(look: Look) -> Iterator[Verdict]:
    """Judge whether the provider's events arrive: without them nobody knows what became of a lost answer."""
    if look.settings.mail == "folder":
        yield well("webhook", "a folder sends no events")
        return
    if not look.settings.sendgrid_event_key:
        yield Verdict("webhook", Color.RED, "SENDGRID_EVENT_KEY not set", "docs/email.md, The event webhook")
        return
    with look.database.reading() as connection:
        heard = connection.scalar(select(func.max(provider_events.c.signed_at)))
        old = messages.c.accepted_at.between(look.now - LOOK_BACK, look.now - EVENTS_WITHIN)
        accepted = connection.scalar(select(func.max(messages.c.accepted_at)).where(old))
    silent = accepted is not None and (heard is None or heard < accepted)
    number = f"last event {heard:%Y-%m-%d %H:%M} UTC" if heard else "no event yet"
    yield judged("webhook", number, "check the webhook's URL and key at SendGrid", red=silent)
