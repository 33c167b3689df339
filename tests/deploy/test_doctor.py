"""The doctor asks real servers of ours: DNS over UDP and TCP, SendGrid's account over HTTP; and reads gcloud's answers."""

import base64
import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from local.deploy import provider
from local.deploy.doctor import main
from local.standins.nameserver import DnsStandin
from local.standins.sendgrid_account import READER, AccountStandin

FORM = (Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
EVENT_KEY = base64.b64encode(
    ec.generate_private_key(ec.SECP256R1()).public_key().public_bytes(*FORM)
).decode()
SPF, KEYS = "u1.wl.sendgrid.net", ("s1.domainkey.u1.wl.sendgrid.net", "s2.domainkey.u1.wl.sendgrid.net")
HERE = "the address of the stand-in"
Zone = dict[str, dict[str, Iterable[str]]]


def a_key() -> str:
    """Return a DKIM record too long for UDP, in strings of 255 characters as DNS holds them."""
    key = rsa.generate_private_key(65537, 2048).public_key().public_bytes(*FORM)
    text = f"k=rsa; n={'x' * 200}; p={base64.b64encode(key).decode()}"
    return " ".join(f'"{text[start : start + 255]}"' for start in range(0, len(text), 255))


LONG_KEY = a_key()


def zone(**changed: Mapping[str, Iterable[str]] | None) -> Zone:
    """Return what DNS holds where all is well; CHANGED: a name with _ for . -> other records, or none."""
    names: Zone = {
        "example.org": {
            "MX": ["10 mx.example.org."],
            "TXT": ['"v=spf1 include:_spf.example.net -all"', '"other"'],
        },
        "_spf.example.net": {"TXT": ['"v=spf1 a mx ~all"']},
        "em1.example.org": {"CNAME": [f"{SPF}."]},
        SPF: {"TXT": ['"v=spf1 ip4:192.0.2.0/24 -all"']},
        "s1._domainkey.example.org": {"CNAME": [f"{KEYS[0]}."]},
        "s2._domainkey.example.org": {"CNAME": [f"{KEYS[1]}."]},
        KEYS[0]: {"TXT": [LONG_KEY]},
        KEYS[1]: {"TXT": [LONG_KEY]},
        "_dmarc.example.org": {"TXT": ['"v=DMARC1; p=reject; rua=mailto:dmarc@example.org"']},
    }
    for name, records in changed.items():
        names[DOTTED[name]] = dict(records or {})
    return {name: records for name, records in names.items() if records}


DOTTED = {
    "domain": "example.org",
    "path": SPF,
    "s1": "s1._domainkey.example.org",
    "first_key": KEYS[0],
    "dmarc": "_dmarc.example.org",
    "included": "_spf.example.net",
}


def account(**changed: Any) -> dict[str, Any]:
    """Return what SendGrid tells where all is well; CHANGED: fields of the webhook, of its signature, or of the domain."""
    records = {
        "mail_cname": {"host": "em1.example.org", "data": SPF, "valid": True},
        "dkim1": {"host": "s1._domainkey.example.org", "data": KEYS[0], "valid": True},
        "dkim2": {"host": "s2._domainkey.example.org", "data": KEYS[1], "valid": True},
    }
    domain = {"domain": "example.org", "subdomain": "em1", "valid": True, "dns": records}
    webhook = {"enabled": True, "url": HERE, **dict.fromkeys(provider.WANTED, True)}
    signed = {"public_key": EVENT_KEY}
    for fields in (domain, webhook, signed):
        fields.update({name: value for name, value in changed.items() if name in fields})
    return {provider.DOMAINS: [domain], provider.WEBHOOK: webhook, provider.SIGNED: signed}


@pytest.fixture
def doctor(tmp_path: Path) -> Iterator["Doctor"]:
    """Lend a doctor and his patient, who is well."""
    with DnsStandin(zone()) as server, AccountStandin(account()) as provider_of_mail:
        yield Doctor(tmp_path, server, provider_of_mail)


class Doctor:
    def __init__(self, folder: Path, server: DnsStandin, provider_of_mail: AccountStandin) -> None:
        self.folder = folder
        self.dns = server
        self.account: Any = provider_of_mail
        self.key = READER
        self.given = {
            "MAIL": "sendgrid",
            "MAIL_FROM": "CapitolScope <alerts@example.org>",
            "SENDGRID_URL": provider_of_mail.url,
            "SENDGRID_EVENT_KEY": EVENT_KEY,
            "PUBLIC_BASE_URL": provider_of_mail.url,
        }

    def asked(self, *options: str) -> Result:
        if (settings := self.account.pages.get(provider.WEBHOOK)) and settings["url"] == HERE:
            settings["url"] = f"{self.account.url}/events/sendgrid"
        file = self.folder / "deploy.env"
        file.write_text("".join(f"{name}={value}\n" for name, value in self.given.items()))
        arguments = ["--settings", str(file), "--project", "demo-project", "--region", "us-west1"]
        arguments += ["--base-url", "https://web.example.org"]
        return CliRunner().invoke(main, [*arguments, "--dns", self.dns.address, *options], input=self.key)

    def found(self, *options: str) -> dict[str, tuple[str, str]]:
        """Return part -> state, and what was found and is to be done."""
        told = json.loads(self.asked("--json", *options).output)
        return {one["part"]: (one["state"], f"{one['found']} -> {one['what_to_do']}") for one in told}


def test_where_all_is_well_it_says_so_of_each_part(doctor: Doctor) -> None:
    found = doctor.found()

    assert {state for state, _ in found.values()} == {"well"}, found
    assert {"SPF", "DKIM s1", "DKIM s2", "DMARC", "From", "event webhook", "webhook's key"} <= found.keys()
    assert doctor.asked().exit_code == 0


def test_a_key_of_several_strings_is_read_over_tcp(doctor: Doctor) -> None:
    doctor.found()

    assert doctor.dns.asked.count("TXT s1._domainkey.example.org.") == 2  # cut off over UDP, then whole


@pytest.mark.parametrize(
    ("changed", "part", "state", "says"),
    [
        ({"path": None}, "SPF", "wrong", "em1.example.org has 0 records, not one"),
        ({"path": {"TXT": ['"v=spf1 -all"', '"v=spf1 mx -all"']}}, "SPF", "wrong", "2 records, not one"),
        ({"path": {"TXT": ['"v=spf1 +all"']}}, "SPF", "wrong", "lets everybody send"),
        ({"path": {"TXT": ['"v=spf1 include:u1.wl.sendgrid.net -all"']}}, "SPF", "wrong", "lookups"),
        ({"s1": None}, "DKIM s1", "wrong", "make s1._domainkey.example.org a CNAME to s1.domainkey"),
        ({"s1": {"CNAME": ["old.example.net."]}}, "DKIM s1", "wrong", "points to old.example.net"),
        ({"first_key": {"TXT": ['"k=rsa; p="']}}, "DKIM s1", "wrong", "the key was taken back"),
        ({"first_key": {"TXT": ['"k=rsa; p=bm8ga2V5"']}}, "DKIM s1", "wrong", "no key"),
        ({"dmarc": None}, "DMARC", "wrong", "v=DMARC1; p=none; rua=mailto:dmarc@example.org"),
        ({"dmarc": {"TXT": ['"v=DMARC1; p=none"', '"v=DMARC1; p=reject"']}}, "DMARC", "wrong", "2 policies"),
        ({"dmarc": {"TXT": ['"v=DMARC1; p=maybe"']}}, "DMARC", "wrong", "none, quarantine or reject"),
        ({"dmarc": {"TXT": ['"v=DMARC1; p=none"']}}, "DMARC", "worth a look", "raise p to quarantine"),
        ({"dmarc": {"TXT": ['"v=DMARC1; p=reject"']}}, "DMARC", "worth a look", "rua="),
        ({"domain": None}, "MX", "worth a look", "takes no mail"),
    ],
)
def test_a_fault_in_dns_is_named_with_what_to_do(
    doctor: Doctor, changed: dict[str, Any], part: str, state: str, says: str
) -> None:
    doctor.dns.zone = zone(**changed)

    found = doctor.found()

    assert found[part][0] == state
    assert says in found[part][1]


def test_a_weak_key_is_found(doctor: Doctor) -> None:
    short = "MFwwDQYJKoZIhvcNAQEBBQADSwAwSAJBAKj34GkxFhD90vcNLYLInFEX6Ppy1tPf9Cnzj4p4WGeKLs1Pt8QuKUpRKfFLfRYC9AIKjbJTWit+CqvjWYzvQwECAwEAAQ=="
    doctor.dns.zone = zone(first_key={"TXT": [f'"k=rsa; p={short}"']})

    assert "512 bits" in doctor.found()["DKIM s1"][1]


def test_a_policy_of_the_domain_above_holds_as_it_says_for_those_below(doctor: Doctor) -> None:
    doctor.given["MAIL_FROM"] = "alerts@news.example.org"
    doctor.dns.zone = zone(dmarc={"TXT": ['"v=DMARC1; p=reject; sp=none; rua=mailto:d@example.org"']})

    found = doctor.found()

    assert found["DMARC"][0] == "worth a look"
    assert found["From"] == ("well", "news.example.org is aligned with example.org -> ")


def test_dns_that_does_not_answer_is_not_taken_for_a_missing_record(
    doctor: Doctor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("local.deploy.names_of_mail.PATIENCE", 0.2)
    doctor.dns.silent = True

    found = doctor.found()

    assert found["DNS"][0] == "not looked at"
    assert "SPF" not in found


@pytest.mark.parametrize(
    ("changed", "part", "says"),
    [
        ({"enabled": False}, "event webhook", "off, and goes to"),
        ({"url": "https://old.example.org/events/sendgrid"}, "event webhook", "https://old.example.org"),
        ({"public_key": "another"}, "webhook's key", "differs from SENDGRID_EVENT_KEY"),
        ({"public_key": ""}, "webhook's key", "events are not signed"),
        ({"domain": "example.net"}, "authenticated domain", "example.org is not among them: example.net"),
    ],
)
def test_a_fault_in_the_account_is_named(
    doctor: Doctor, changed: dict[str, Any], part: str, says: str
) -> None:
    doctor.account.pages = account(**changed)

    found = doctor.found()

    assert found[part][0] == "wrong"
    assert says in found[part][1]


def test_a_webhook_that_leaves_out_an_event_is_worth_a_look(doctor: Doctor) -> None:
    doctor.account.pages = account(spam_report=False)

    assert doctor.found()["event webhook"] == (
        "worth a look",
        f"does not tell spam_report -> tick them: {provider.WHERE}",
    )


def test_records_that_sendgrid_does_not_see_are_named(doctor: Doctor) -> None:
    doctor.account.pages = account(valid=False)
    doctor.account.pages[provider.DOMAINS][0]["dns"]["dkim2"]["valid"] = False

    assert "does not see s2._domainkey.example.org" in doctor.found()["authenticated domain"][1]


def test_a_key_that_may_only_send_leaves_the_account_unseen_and_dns_looked_at(doctor: Doctor) -> None:
    doctor.key = "SG.mail.send"

    found = doctor.found()

    unseen = {part for part, (state, _) in found.items() if state == "not looked at"}
    assert unseen == {"authenticated domain", "event webhook", "From"}
    assert found["DKIM s1"][0] == "well"
    assert "answered 403" in found["event webhook"][1]


def test_without_a_key_it_says_how_to_keep_one(doctor: Doctor) -> None:
    doctor.key = ""

    assert "./deploy.sh secrets set SENDGRID_API_KEY" in doctor.found()["SendGrid's account"][1]


def test_a_web_that_takes_unsigned_events_is_wrong(doctor: Doctor) -> None:
    doctor.account.events_status = 204

    assert "answered 204, not 403" in doctor.found()["events' address"][1]


@pytest.mark.parametrize(
    ("setting", "value", "part", "says"),
    [
        ("MAIL", "folder", "mail", "MAIL=sendgrid"),
        ("MAIL_FROM", "", "mail", "MAIL_FROM"),
        ("SENDGRID_EVENT_KEY", "", "SENDGRID_EVENT_KEY", "no event is believed"),
        ("SENDGRID_EVENT_KEY", "bm8ga2V5", "SENDGRID_EVENT_KEY", "is no public key"),
        ("PUBLIC_BASE_URL", "", "event webhook", "set https://web.example.org/events/sendgrid"),
    ],
)
def test_a_setting_that_mail_lacks_is_named(
    doctor: Doctor, setting: str, value: str, part: str, says: str
) -> None:
    doctor.given[setting] = value

    found = doctor.found()

    assert found[part][0] == "wrong"
    assert says in found[part][1]


def test_the_key_is_in_nothing_that_is_said(doctor: Doctor) -> None:
    doctor.account.pages = {}

    told = doctor.asked().output

    assert READER not in told
    assert "SendGrid answered 404" in told


def test_people_read_what_to_do_below_what_is_wrong(doctor: Doctor) -> None:
    doctor.dns.zone = zone(dmarc=None)

    answer = doctor.asked()

    assert answer.exit_code == 1
    first, second = answer.output.split("wrong", 1)[1].splitlines()[:2]
    assert "DMARC: example.org has no policy" in first
    assert second.strip().startswith("-> make the TXT record of _dmarc.example.org")
