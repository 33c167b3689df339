"""Whether receivers can tell that mail is from who it says: SPF, DKIM, DMARC, and their alignment with From.

RFC 7208 (SPF), 6376 (DKIM), 7489 (DMARC); the rules of Gmail and Yahoo for senders ask for all three.
"""

import base64
import binascii
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import load_der_public_key

from local.deploy.finding import Finding, doubt, ill, unseen, well
from local.deploy.names_of_mail import Names

SELECTORS = ("s1", "s2")  # SendGrid's, with its automatic security
MOST_LOOKUPS = 10  # RFC 7208, section 4.6.4
LOOKED_UP = frozenset({"include", "a", "mx", "ptr", "exists", "redirect"})
DEEPEST = 12  # an include that includes itself ends here
FEWEST_BITS = 1024
AT_SENDGRID = "SendGrid, Settings > Sender Authentication shows the record; docs/email.md, DNS"


@dataclass(frozen=True, slots=True)
class Record:
    """A DNS record that the mail provider asks for."""

    host: str
    data: str
    """What its CNAME should point to, or its TXT hold."""


@dataclass(frozen=True, slots=True)
class Sender:
    """Who mail comes from. Without what the provider says, its usual selectors are looked up."""

    domain: str
    """Of the address in From, lower case."""
    return_path: str | None = None
    """The host that bounces go to: what SPF is checked of."""
    signed_as: str | None = None
    """The domain of DKIM's signatures."""
    records: Sequence[Record] = ()


def judge(sender: Sender, names: Names) -> Iterator[Finding]:
    """Yield what there is to say of SENDER. Raises DependencyDown where DNS does not answer."""
    yield spf(sender, names)
    yield from dkim(sender, names)
    yield dmarc(sender, names)
    yield alignment(sender)
    if not names.takes_mail(sender.domain):
        yield doubt(
            "MX", f"{sender.domain} takes no mail", "some receivers refuse mail that cannot be answered"
        )


def spf(sender: Sender, names: Names) -> Finding:
    """Judge the SPF record of where bounces go, which is not always the domain of From."""
    host = sender.return_path or sender.domain
    add = f"make the TXT record of {host}: v=spf1 include:sendgrid.net -all; {AT_SENDGRID}"
    found = _spf_records(host, names)
    if not found and sender.return_path is None:
        return doubt(
            "SPF", f"{host} has none", f"with SendGrid's automatic security none is needed here; else {add}"
        )
    if len(found) != 1:
        return ill("SPF", f"{host} has {len(found)} records, not one", f"join them into one, or {add}")
    if any(term in {"+all", "all"} for term in found[0].split()):
        return ill("SPF", f"{host} lets everybody send: {found[0]}", "end the record with -all")
    lookups = _lookups(found[0], names)
    if lookups > MOST_LOOKUPS:
        return ill(
            "SPF", f"{host} takes {lookups} lookups", f"receivers stop after {MOST_LOOKUPS}: drop includes"
        )
    return well("SPF", f"{host}: {found[0]} ({lookups} lookups)")


def _spf_records(host: str, names: Names) -> list[str]:
    return [text for text in names.texts(host) if text.lower().split(" ")[0] == "v=spf1"]


def _lookups(record: str, names: Names, depth: int = 0) -> int:
    """Return how many questions it takes to evaluate RECORD; more than are allowed need not be counted out."""
    count = 0
    for term in (word.lstrip("+-~?").lower() for word in record.split()[1:]):
        name, _, value = term.replace("=", ":").partition(":")
        if name.partition("/")[0] not in LOOKED_UP:
            continue
        count += 1
        if name in {"include", "redirect"} and depth < DEEPEST and count <= MOST_LOOKUPS:
            count += sum(_lookups(inner, names, depth + 1) for inner in _spf_records(value, names)[:1])
    return count


def dkim(sender: Sender, names: Names) -> Iterator[Finding]:
    """Judge each key that signatures are checked with."""
    keys = [record for record in sender.records if "._domainkey." in record.host]
    usual = [Record(f"{selector}._domainkey.{sender.domain}", "") for selector in SELECTORS]
    for record in keys or usual:
        yield _key(record, names)


def _key(record: Record, names: Names) -> Finding:
    part = f"DKIM {record.host.partition('.')[0]}"
    add = f"make {record.host} a CNAME to {record.data}" if record.data else AT_SENDGRID
    target = names.target(record.host)
    if record.data and target != record.data.lower() and target is not None:
        return ill(part, f"{record.host} points to {target}", add)
    texts = [text for text in names.texts(record.host) if "p=" in text]
    if not texts:
        return ill(part, f"{record.host} has no key", add)
    key = _tags(texts[0]).get("p", "")
    if not key:
        return ill(part, f"{record.host}: the key was taken back", add)
    fault = _fault_of_key(key)
    return ill(part, f"{record.host}: {fault}", add) if fault else well(part, record.host)


def _fault_of_key(key: str) -> str | None:
    try:
        read = load_der_public_key(base64.b64decode(key, validate=True))
    except (binascii.Error, ValueError, UnsupportedAlgorithm):
        return "what stands there is no key"
    if isinstance(read, rsa.RSAPublicKey) and read.key_size < FEWEST_BITS:
        return f"a key of {read.key_size} bits, which receivers ignore"
    return None


def _tags(text: str) -> Mapping[str, str]:
    """Return the tags of a DKIM or DMARC record: `v=DMARC1; p=none`."""
    parted = (tag.partition("=") for tag in text.split(";"))
    return {name.strip().lower(): "".join(value.split()) for name, _, value in parted}


def dmarc(sender: Sender, names: Names) -> Finding:
    """Judge what receivers are asked to do with mail that only says it is from here."""
    add = f"make the TXT record of _dmarc.{sender.domain}: v=DMARC1; p=none; rua=mailto:dmarc@{sender.domain}"
    where, found = _policy(sender.domain, names)
    if not found:
        return ill("DMARC", f"{sender.domain} has no policy", add)
    if len(found) > 1:
        return ill("DMARC", f"{where} has {len(found)} policies: none holds", "leave one")
    tags = _tags(found[0])
    policy = tags.get("p") if where == f"_dmarc.{sender.domain}" else tags.get("sp", tags.get("p"))
    if policy not in {"none", "quarantine", "reject"}:
        return ill("DMARC", f"{where}: {found[0]}", "p= says none, quarantine or reject")
    if policy == "none":
        return doubt(
            "DMARC", f"{where}: {found[0]}", "raise p to quarantine once the reports show only your own mail"
        )
    if "rua" not in tags:
        return doubt(
            "DMARC", f"{where}: {found[0]}", "add rua=mailto:..., or nobody tells you who is refused"
        )
    return well("DMARC", f"{where}: {found[0]}")


def _policy(domain: str, names: Names) -> tuple[str, list[str]]:
    """Return where the policy of DOMAIN stands, its own or that of a domain above, and what stands there."""
    labels = domain.split(".")
    for above in range(len(labels) - 1):
        where = ".".join(["_dmarc", *labels[above:]])
        found = [text for text in names.texts(where) if text.replace(" ", "").startswith("v=DMARC1")]
        if found:
            return where, found
    return f"_dmarc.{domain}", []


def alignment(sender: Sender) -> Finding:
    """Judge whether DKIM or SPF speaks for the domain that people see."""
    signed, path = sender.signed_as, sender.return_path
    if signed is None and path is None:
        found = f"nobody said yet who signs for {sender.domain}"
        return unseen("From", found, "let the doctor read SendGrid's account: docs/email.md, The doctor")
    speaking = [name for name in (signed, path) if name and _aligned(name, sender.domain)]
    if not speaking:
        found = f"From says {sender.domain}, but {signed} signs and {path} takes the bounces"
        return ill("From", found, "authenticate the domain of MAIL_FROM at SendGrid, or change MAIL_FROM")
    return well("From", f"{sender.domain} is aligned with {' and '.join(speaking)}")


def _aligned(one: str, other: str) -> bool:
    """Whether one of both holds the other: relaxed alignment, without asking where registries end."""
    return one == other or one.endswith(f".{other}") or other.endswith(f".{one}")
