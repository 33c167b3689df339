"""The front page: what this is, and the form that asks for a first alert."""

from collections.abc import Mapping
from datetime import timedelta

from ulid import ULID

from common.alerts.subscriptions.criteria import in_words
from common.alerts.subscriptions.rules import Draft
from common.alerts.subscriptions.subscribers import parse_address, parse_zone, subscribe
from common.alerts.subscriptions.suppressions import Reason, address_hash, reasons
from common.errors import DependencyDown, InvalidRequest
from common.links import CONFIRM_FOR, LONGEST_TOKEN
from common.mail.model import Confirmation, Mail
from common.mail.port import SurelyNotSent
from common.mail.render import render
from common.web import rule_form
from common.web.exchange import Form, Reply, Visit, message, page, redirect
from common.web.options import DEFAULT_ZONE, FREQUENCIES
from common.web.rate_limit import Limit, visitor
from common.web.rule_form import RuleForm, complaints, said
from common.web.site import Site

NEVER_AGAIN = {Reason.BOUNCE, Reason.SPAM}
"""An address that came back, or whose owner called our mail spam, is not even asked; a new opt-in lifts the rest."""
PER_VISITOR = (20, timedelta(hours=1))
PER_ADDRESS = (3, timedelta(days=1))


def front(site: Site, visit: Visit) -> Reply:
    """Show the form, or take it."""
    today = site.clock().date()
    with site.reading() as connection:
        if not visit.acts:
            return _form(rule_form.blank(connection, today))
        form = rule_form.read(connection, today, _unnamed(visit.form))
    if _only_finds(visit.form):
        return _form(_only_about_members(form))
    address, zone = visit.form.get("address", ""), visit.form.get("zone", "")
    errors = {**complaints(lambda: parse_address(address), lambda: parse_zone(zone)), **form.errors}
    if errors or form.draft is None:
        return _form(form, errors, status=422)
    return _ask(site, visit, form, form.draft)


def _only_finds(typed: Form) -> bool:
    """Whether a visitor looks for a member: by the button beside the name, or by Enter when no address is written yet."""
    by_enter = typed.get("do") == "enter" and typed.get("find", "").strip() and not typed.get("address")
    return typed.get("do") == "find" or bool(by_enter)


def _unnamed(typed: Form) -> Form:
    """Return the form without a name: a mail shows it, and so far nobody knows that the address is the visitor's."""
    unnamed = typed.copy()
    unnamed.poplist("name")
    return unnamed


def _ask(site: Site, visit: Visit, form: RuleForm, draft: Draft) -> Reply:
    address, zone = parse_address(visit.form["address"]), parse_zone(visit.form["zone"])
    fingerprint = site.links.signer.fingerprint
    site.limiter.take(
        Limit(f"subscribe:visitor:{fingerprint(visitor(visit.client))}", *PER_VISITOR),
        Limit(f"subscribe:address:{fingerprint(address)}", *PER_ADDRESS),
    )
    try:
        names = {person.bioguide: person.name for person in form.choice.chosen}
        send_question(site, draft, names, address, zone)
    except InvalidRequest as fault:
        return _form(form, {fault.field: said(fault)}, status=422)
    return redirect("/sent")


def send_question(site: Site, draft: Draft, names: Mapping[str, str], address: str, zone: str) -> int:
    """Mail ADDRESS the question whether its owner wants DRAFT; return the subscriber's id. NAMES are the members'.

    What was asked for travels in the link: until it is followed, nothing changes for an address that is known already.
    Raises InvalidRequest("rule") where it is too much for a link, DependencyDown("mail") when the mail surely did not leave.
    """
    with site.writing() as tx:
        who = subscribe(tx, address, zone)
        refused = reasons(tx, address_hash(site.address_key, address)) & NEVER_AGAIN
    now = site.clock()
    link = site.links.confirm(who.id, {"zone": zone, "rule": rule_form.in_json(draft)}, now)
    if len(link.rpartition("/")[2]) > LONGEST_TOKEN:
        raise InvalidRequest(
            "rule", "this is too much for one link; ask for less, and add the rest afterwards"
        )
    if refused:
        site.log.info("web.not_asked", subscriber=who.id, reasons=refused)
        return who.id
    wanted = (in_words(draft.criteria, names), FREQUENCIES[draft.frequency])
    question = Confirmation(url=link, criteria=wanted, valid_for=CONFIRM_FOR)
    mail = Mail(
        to=address, delivery_id=f"confirm-{ULID.from_datetime(now)}", made_at=now, zone=zone, content=question
    )
    outcome = site.mailer.send(render(mail, site.letterhead))
    if isinstance(outcome, SurelyNotSent):
        raise DependencyDown("mail", outcome.reason)
    return who.id


def _only_about_members(form: RuleForm) -> RuleForm:
    """Say nothing yet about fields that the visitor may not have come to."""
    about = {name: text for name, text in form.errors.items() if name == "find"}
    return RuleForm(form.typed, form.everybody, form.choice, about, None)


def _form(form: RuleForm, errors: Mapping[str, str] | None = None, *, status: int = 200) -> Reply:
    shown = form.errors if errors is None else errors
    zone = form.typed.get("zone", DEFAULT_ZONE)
    return page("subscribe", status, form=form, typed=form.typed, errors=shown, zone=zone)


def sent(site: Site, visit: Visit) -> Reply:
    """Say the same to everybody, whether the address was known or not."""
    del site, visit
    return message(
        200,
        "Now look in your inbox",
        "We sent a mail to the address you gave. Follow its link within seven days, and your alert is on.",
        "Nothing came? Look among your spam, check the address, and ask again after a while.",
    )
