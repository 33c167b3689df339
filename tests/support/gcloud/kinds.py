"""The kinds of resource that deploy.sh makes, and where each is kept."""

from collections.abc import Callable

from tests.support.gcloud import services
from tests.support.gcloud.call import Call
from tests.support.gcloud.cloud import NUMBER, PROJECT, Document, Kind, Project, Wanted, last_word

RUN = "run.googleapis.com"
SQL_ADMIN = "sqladmin.googleapis.com"
FIRE = "firestore.googleapis.com"
MONITORING = "monitoring.googleapis.com"


def _bucket(call: Call) -> str:
    return call.words[-1].removeprefix("gs://").partition("/")[0]


def _inside(flag: str) -> Callable[[Call], str]:
    return lambda call: f"{call.flag(flag)}/{last_word(call)}"


def _index(call: Call) -> str:
    return ";".join((call.flag("collection-group") or "", *call.every("field-config")))


def _whole_name(_: Project, wanted: Wanted) -> Document:
    return {"name": wanted.call.words[-1]}


SERVICE = Kind(
    name="run services",
    api=RUN,
    located=True,
    missing="Cannot find service [{name}]",
    document=services.service,
)
RUN_JOB = Kind(
    name="run jobs", api=RUN, located=True, missing="Cannot find job [{name}]", document=services.run_job
)
DOMAIN = Kind(
    name="run domain-mappings",
    api=RUN,
    located=True,
    missing="Cannot find domain mapping for domain name [{name}]",
    named_by=lambda call: call.flag("domain") or "",
)
JOB = Kind(
    name="scheduler jobs",
    api="cloudscheduler.googleapis.com",
    located=True,
    document=services.scheduler_job,
)
SECRET = Kind(
    name="secrets",
    api="secretmanager.googleapis.com",
    missing=f"NOT_FOUND: Secret [projects/{NUMBER}/secrets/{{name}}] not found.",
    document=services.secret,
)
ACCOUNT = Kind(
    name="iam service-accounts",
    api="iam.googleapis.com",
    missing="NOT_FOUND: Unknown service account",
    document=services.account,
    named_by=lambda call: call.words[-1].partition("@")[0],
)
BUCKET = Kind(
    name="storage buckets",
    api="",
    missing="gs://{name} not found: 404.",
    twice="HTTPError 409: Your previous request to create the named bucket succeeded and you already own it.",
    document=services.labelled,
    named_by=_bucket,
)
SQL = Kind(
    name="sql instances",
    api=SQL_ADMIN,
    missing="HTTPError 404: The Cloud SQL instance does not exist.",
    twice="HTTPError 409: The Cloud SQL instance already exists.",
    document=services.sql_instance,
)
SQL_DATABASE = Kind(
    name="sql databases", api=SQL_ADMIN, missing="HTTPError 404: Not Found", named_by=_inside("instance")
)
SQL_USER = Kind(name="sql users", api=SQL_ADMIN, document=_whole_name, missing="HTTPError 404: Not Found")
SQL_BACKUP = Kind(name="sql backups", api=SQL_ADMIN, numbered="backups")
FIRESTORE = Kind(
    name="firestore databases",
    api=FIRE,
    document=services.labelled,
    named_by=lambda call: call.flag("database") or "(default)",
)
INDEX = Kind(name="firestore indexes composite", api=FIRE, document=services.index, named_by=_index)
TTL = Kind(name="firestore fields ttls", api=FIRE, named_by=_inside("collection-group"))
REDIS = Kind(
    name="redis instances", api="redis.googleapis.com", located=True, document=services.redis_instance
)
QUEUE = Kind(name="tasks queues", api="cloudtasks.googleapis.com", located=True, document=services.labelled)
IMAGE = Kind(name="artifacts packages", api="artifactregistry.googleapis.com", located=True)
ARTIFACTS = Kind(name="artifacts repositories", api="artifactregistry.googleapis.com", located=True)
METRIC = Kind(name="logging metrics", api="logging.googleapis.com", document=services.from_file)
POLICY = Kind(
    name="monitoring policies",
    api=MONITORING,
    document=services.from_file,
    numbered=f"projects/{PROJECT}/alertPolicies",
)
CHANNEL = Kind(
    name="monitoring channels",
    api=MONITORING,
    document=services.from_file,
    numbered=f"projects/{PROJECT}/notificationChannels",
)
DASHBOARD = Kind(
    name="monitoring dashboards",
    api=MONITORING,
    document=services.from_file,
    numbered=f"projects/{NUMBER}/dashboards",
)
UPTIME = Kind(
    name="monitoring uptime",
    api=MONITORING,
    document=services.uptime,
    numbered=f"projects/{PROJECT}/uptimeCheckConfigs",
)
BUDGET = Kind(
    name="billing budgets",
    api="billingbudgets.googleapis.com",
    document=services.from_file,
    numbered="billingAccounts/000000-111111-222222/budgets",
)
ALL = [value for value in globals().values() if isinstance(value, Kind)]
