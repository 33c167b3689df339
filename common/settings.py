"""Configuration, read once; every fault is reported together, by name.

Secrets have no default. Nothing connects here.
"""

import os
import re
from collections.abc import Mapping
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Annotated

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    ValidationInfo,
    field_validator,
)

from common.clock import Clock, ahead_by, utc_now
from common.errors import NotConfigured


def _seconds(value: object) -> object:
    """Read what an environment can hold: a plain number of seconds."""
    if not isinstance(value, str):
        return value
    if not re.fullmatch(r"\d{1,6}(\.\d+)?", value):
        raise ValueError("should be a number of seconds, such as 0.25")
    return timedelta(seconds=float(value))


Seconds = Annotated[timedelta, BeforeValidator(_seconds)]


def _none(value: object) -> object:
    """Read the word by which an environment, where empty means the default, says that there is to be nothing."""
    return None if value == "none" else value


UrlOrNone = Annotated[str | None, BeforeValidator(_none)]


class Settings(BaseModel):
    """What a function may be told from outside; each field is the environment variable of the same name in capitals."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    database_url: str = Field(
        description="SQLAlchemy URL: sqlite:///file or postgresql+pg8000://user:password@host/name"
    )
    cloud_sql_instance: str | None = Field(
        default=None, description="project:region:instance; connects through the Cloud SQL connector"
    )
    redis_url: str = Field(description="redis:// or rediss:// URL of the server that holds locks and queues")
    history: str = Field(
        default="sql", pattern="^(sql|firestore)$", description="where task history lives: sql or firestore"
    )
    google_cloud_project: str | None = Field(
        default=None, description="project of Firestore and of trace links"
    )
    k_service: str | None = Field(default=None, description="set by Cloud Run: the service that runs")
    k_revision: str | None = Field(default=None, description="set by Cloud Run: the revision that runs")
    contact: str = Field(
        min_length=3, description="an e-mail address or URL that sources can reach; part of the User-Agent"
    )
    house_url: str = Field(
        default="https://disclosures-clerk.house.gov",
        description="base URL of the Clerk's site, or of its stand-in",
    )
    house_pace: Seconds | None = Field(
        default=None,
        description="least time between two starts, in seconds; default 0.25 s at the Clerk, none at a stand-in",
    )
    senate_url: str = Field(
        default="https://efdsearch.senate.gov",
        description="base URL of the Senate's site of disclosures, or of its stand-in",
    )
    senate_pace: Seconds | None = Field(
        default=None,
        description="least time between two starts, in seconds; default 1.5 s at the Senate, none at a stand-in",
    )
    roster_url: UrlOrNone = Field(
        default="https://unitedstates.github.io/congress-legislators",
        description="base URL of congress-legislators' JSON files, or of their stand-in; none = only the roster shipped here",
    )
    congress_gov_url: str = Field(
        default="https://api.congress.gov", description="base URL of Congress.gov's API, or of its stand-in"
    )
    congress_gov_api_key: str | None = Field(
        default=None, repr=False, description="secret; where set, the roster is checked against Congress.gov"
    )
    dispatch_url: str | None = Field(
        default=None, description="where continuations and hand-overs go on a laptop"
    )
    cloud_tasks_queue: str | None = Field(
        default=None,
        pattern=r"^projects/[^/\s]+/locations/[^/\s]+/queues/[^/\s]+$",
        description="projects/P/locations/L/queues/Q: where continuations and hand-overs go in the cloud",
    )
    tasks_service_account: str | None = Field(
        default=None,
        pattern=r"^[^<>\s@]+@[^<>\s@]+$",
        description="service account that Cloud Tasks calls functions as; needed with CLOUD_TASKS_QUEUE",
    )
    function_url: str | None = Field(
        default=None,
        pattern=r"^https?://[^\s{}]*\{function\}[^\s{}]*$",
        description="URL of every function, such as `https://{function}-123456789012.us-west1.run.app`; needed with CLOUD_TASKS_QUEUE",
    )
    mail: str = Field(
        default="folder",
        pattern="^(folder|sendgrid)$",
        description="how mail leaves: folder (files in DATA_DIR/mail) or sendgrid",
    )
    mail_from: str | None = Field(
        default=None,
        pattern=r"^([^<>\r\n]+ <[^<>\s@]+@[^<>\s@]+>|[^<>\s@]+@[^<>\s@]+)$",
        description="`Name <address>` that mail comes from; nothing is sent without it",
    )
    postal_address: str | None = Field(
        default=None,
        pattern=r"^[^\r\n]{10,200}$",
        description="the sender's postal address, in one line; nothing is sent without it",
    )
    public_base_url: str | None = Field(
        default=None,
        pattern=r"^(https://[^\s/?#]+|http://(127\.0\.0\.1|localhost)(:\d+)?)$",
        description="https://host of the links in mails; nothing is sent without it",
    )
    sendgrid_api_key: str | None = Field(
        default=None, repr=False, description="secret; needed where MAIL is sendgrid"
    )
    sendgrid_url: str = Field(
        default="https://api.sendgrid.com", description="base URL of SendGrid's API, or of its stand-in"
    )
    sendgrid_event_key: str | None = Field(
        default=None, description="public key of SendGrid's event webhook, as its page shows it"
    )
    link_keys: str | None = Field(
        default=None,
        repr=False,
        pattern=r"^[^\s,]{32,}(,[^\s,]{32,})*$",
        description="secret: keys of 32 characters or more, parted by commas; the first signs the links in mails, all are taken",
    )
    operator_address: str | None = Field(
        default=None,
        pattern=r"^[^<>\s@]+@[^<>\s@]+$",
        description="who is mailed when health changes",
    )
    resend_unknown: bool = Field(
        default=False,
        description="yes = send a mail that is presumed lost once more; then it may arrive twice",
    )
    address_key: str | None = Field(
        default=None,
        repr=False,
        pattern=r"^\S{32,}$",
        description="secret of 32 characters or more that hashes suppressed addresses; it never changes",
    )
    alpaca_key_id: str | None = Field(
        default=None, description="id of the key to Alpaca's market data; without it there are no prices"
    )
    alpaca_secret_key: str | None = Field(
        default=None, repr=False, description="secret; needed with ALPACA_KEY_ID"
    )
    alpaca_url: str = Field(
        default="https://data.alpaca.markets",
        description="base URL of Alpaca's market data, or of its stand-in",
    )
    alpaca_pace: Seconds | None = Field(
        default=None,
        description="least time between two starts, in seconds; default 0.3 s at Alpaca, none at a stand-in",
    )
    prices_display: str = Field(
        default="operator",
        pattern="^(operator|licensed)$",
        description="who sees prices: operator, or licensed = subscribers too, where the market-data plan allows it",
    )
    keep_events_days: int = Field(
        default=90,
        ge=30,
        description="days for which the mail provider's events are kept; a message is settled within 4, bounces are judged over 7",
    )
    keep_unconfirmed_days: int = Field(
        default=30,
        ge=8,
        description="days after which an address that nobody confirmed is deleted; the link to confirm works for 7",
    )
    keep_health_days: int = Field(
        default=90,
        ge=1,
        description="days for which it is kept how components were, like the records of runs",
    )
    keep_findings_days: int = Field(
        default=365, ge=8, description="days for which a finding is kept that did not show again"
    )
    keep_reports_days: int = Field(
        default=730, ge=8, description="days for which the nightly reports on data quality are kept"
    )
    data_dir: Path = Field(
        default=Path(".capitolscope"), description="where the embedded parts keep their files"
    )
    archive_url: str | None = Field(
        default=None,
        pattern=r"^\w+://[^\s?#]*$",
        description="where fetched documents are kept, such as gs://bucket/folder; default: the folder DATA_DIR/archive",
    )
    log_files: bool = Field(
        default=False, description="keep a copy of every log line in DATA_DIR/logs, for `./dev.sh logs`"
    )
    schema_check: bool = Field(
        default=True, description="refuse to run on a schema that this code does not know"
    )
    clock_file: Path | None = Field(
        default=None,
        description="where `./dev.sh run --simulate` says by how many seconds the clock is ahead; refused on Cloud Run",
    )

    @field_validator("clock_file")
    @classmethod
    def _only_on_a_laptop(cls, file: Path | None, info: ValidationInfo) -> Path | None:
        if file and info.data.get("k_service"):
            raise ValueError("belongs to simulations on a laptop; unset it")
        return file

    @property
    def clock(self) -> Clock:
        """What tells the time: this machine, or a simulation that is ahead of it."""
        return ahead_by(self.clock_file) if self.clock_file else utc_now

    @property
    def log_folder(self) -> Path | None:
        """Where log lines are kept besides stdout; None = nowhere, as in the cloud."""
        return self.data_dir / "logs" if self.log_files else None

    @property
    def prices_are_licensed(self) -> bool:
        """Whether subscribers may be told prices; else they stay in the database."""
        return self.prices_display == "licensed"

    def need(self, *names: str) -> dict[str, str]:
        """Return the values of NAMES, of fields that are optional. Raises NotConfigured naming every one not set."""
        values = {name: getattr(self, name) for name in names}
        missing = [name.upper() for name, value in values.items() if value is None]
        if missing:
            raise NotConfigured(f"set {', '.join(missing)}; see README, Configuration")
        return values


def load(environment: Mapping[str, str]) -> Settings:
    """Read settings from ENVIRONMENT. Raises NotConfigured naming every fault at once."""
    values = {
        name: environment[name.upper()] for name in Settings.model_fields if environment.get(name.upper())
    }
    try:
        return Settings.model_validate(values)
    except ValidationError as error:
        faults = "; ".join(
            f"{'.'.join(map(str, e['loc'])).upper()}: {e['msg'].lower()}" for e in error.errors()
        )
        raise NotConfigured(f"set {faults}; see README, Configuration") from error


@cache
def settings() -> Settings:
    """Return this process's settings, read once from its environment."""
    return load(os.environ)  # noqa: TID251


def database_settings() -> Settings:
    """Return settings that open the database and nothing else: all that migrations need. Raises NotConfigured."""
    named = {name: given(name) or "" for name in ("DATABASE_URL", "CLOUD_SQL_INSTANCE")}
    return load({"REDIS_URL": "redis://", "CONTACT": "nobody", **named})


def given(name: str) -> str | None:
    """Return what the environment gives for NAME, None where unset or empty; for the parts that tests and demo start."""
    return os.environ.get(name) or None  # noqa: TID251
