"""What each service shows of a resource, and what it refuses though gcloud's parser takes it."""

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from cronsim import CronSim, CronSimError

from tests.support.gcloud.call import Call
from tests.support.gcloud.cloud import NUMBER, PROJECT, Document, Project, Refused, Wanted

REGION_CODES = {"us-west1": "uw", "us-central1": "uc", "europe-west1": "ew"}
LONGEST_REQUEST = timedelta(hours=1)
DEADLINE = (timedelta(seconds=15), timedelta(minutes=30))
SCHEDULER_RETRIES = 5
SOME_DAY = datetime(2026, 1, 1, tzinfo=UTC)


def pairs(written: str | None) -> Iterator[tuple[str, str]]:
    """Yield the pairs of a flag like `a=1,b=2`, or `^;;^a=1;;b=2` with a separator of its own."""
    separator, text = ",", written or ""
    if found := re.match(r"\^(.+?)\^", text):
        separator, text = found[1], text[found.end() :]
    for pair in filter(None, text.split(separator)):
        name, _, value = pair.partition("=")
        yield name, value


def duration(written: str) -> timedelta:
    """Read `900`, `900s` or `15m`. Raises Refused for anything else."""
    parts = re.fullmatch(r"(\d+)(s|m|h)?", written)
    if parts is None:
        raise Refused(f"INVALID_ARGUMENT: {written} is no duration")
    return timedelta(seconds=int(parts[1]) * {"s": 1, "m": 60, "h": 3600}[parts[2] or "s"])


def account(_: Project, wanted: Wanted) -> Document:
    """Show a service account. Raises Refused for a name that IAM does not take."""
    if not re.fullmatch(r"[a-z][a-z0-9-]{4,28}[a-z0-9]", wanted.name):
        raise Refused(f"INVALID_ARGUMENT: {wanted.name} is no id of a service account: 6 to 30 characters")
    return {
        "email": f"{wanted.name}@{PROJECT}.iam.gserviceaccount.com",
        "displayName": wanted.flags.get("display-name"),
    }


def need_account(project: Project, email: str) -> None:
    """Raise Refused unless the project has the service account EMAIL, or it is another project's."""
    name, _, domain = email.partition("@")
    if domain == f"{PROJECT}.iam.gserviceaccount.com" and name not in project.of("iam service-accounts"):
        raise Refused(f"INVALID_ARGUMENT: Service account {email} does not exist.")


def service(project: Project, wanted: Wanted) -> Document:
    """Show a Cloud Run service. Raises Refused where Cloud Run or the build would."""
    _need_bundle(wanted.call, "requirements.txt", "main.py")
    _need_sizes(wanted)
    _need_secrets(project, wanted)
    stable = f"https://{wanted.name}-{NUMBER}.{wanted.location}.run.app"
    hashed = f"https://{wanted.name}-x7k2d9-{REGION_CODES.get(wanted.location, 'xx')}.a.run.app"
    deployed = sum(call.starts("run", "deploy", wanted.name) for call in project.calls)
    return {
        "metadata": {
            "name": wanted.name,
            "annotations": {"run.googleapis.com/urls": json.dumps([stable, hashed])},
            "labels": {
                **dict(pairs(wanted.flags.get("labels"))),
                "cloud.googleapis.com/location": wanted.location,
            },
        },
        "status": {
            "url": hashed,
            "latestReadyRevisionName": f"{wanted.name}-{deployed:05}-abc",
            "conditions": [{"type": "Ready", "status": "True"}],
        },
    }


def run_job(project: Project, wanted: Wanted) -> Document:
    """Show a Cloud Run job. Raises Refused where Cloud Run or the build would."""
    _need_bundle(wanted.call)
    _need_secrets(project, wanted)
    return {"metadata": {"name": wanted.name, "labels": dict(pairs(wanted.flags.get("labels")))}}


def _need_bundle(call: Call, *files: str) -> None:
    source = call.flag("source")
    for file in ("", *files) if source else ():
        if not Path(call.folder, source or "", file).exists():
            raise Refused(f"Build failed: {source}/{file} does not exist")


def _need_sizes(wanted: Wanted) -> None:
    memory, timeout = wanted.flags.get("memory", "512Mi"), wanted.flags.get("timeout", "300")
    if not re.fullmatch(r"[1-9]\d*(Mi|Gi)", memory):
        raise Refused(f"INVALID_ARGUMENT: {memory} is no amount of memory")
    if duration(timeout) > LONGEST_REQUEST:
        raise Refused(f"INVALID_ARGUMENT: a timeout of {timeout} is over an hour")


def _need_secrets(project: Project, wanted: Wanted) -> None:
    email = wanted.flags.get("service-account", "")
    need_account(project, email)
    for _, pinned in pairs(wanted.flags.get("set-secrets")):
        name, _, version = pinned.partition(":")
        kept = project.of("secrets").get(name)
        if kept is None or not any(_is(one, version) for one in kept["versions"]):
            raise Refused(f"Secret projects/{NUMBER}/secrets/{name}/versions/{version} was not found")
        if f"serviceAccount:{email}" not in kept["iam"].get("roles/secretmanager.secretAccessor", ()):
            raise Refused(f"Permission denied on secret: {name} for Revision service account {email}.")


def _is(version: Document, number: str) -> bool:
    return version["state"] == "ENABLED" and number in {"latest", version["name"].rsplit("/", 1)[-1]}


def scheduler_job(project: Project, wanted: Wanted) -> Document:
    """Show a job of Cloud Scheduler. Raises Refused where it would."""
    flags = wanted.flags
    email = flags.get("oidc-service-account-email", "")
    need_account(project, email)
    _need_schedule(flags.get("schedule", ""), flags.get("time-zone", "Etc/UTC"))
    if not DEADLINE[0] <= duration(flags.get("attempt-deadline", "180s")) <= DEADLINE[1]:
        raise Refused("INVALID_ARGUMENT: Job.attempt_deadline must be between [15s] and [30m].")
    if int(flags.get("max-retry-attempts", 0)) > SCHEDULER_RETRIES:
        raise Refused("INVALID_ARGUMENT: Job.RetryConfig.retry_count must be at most 5.")
    return {
        "name": f"projects/{PROJECT}/locations/{wanted.location}/jobs/{wanted.name}",
        "state": wanted.old.get("state", "ENABLED"),
        "schedule": flags["schedule"],
        "timeZone": flags.get("time-zone", "Etc/UTC"),
        "description": flags.get("description"),
        "httpTarget": {
            "uri": flags["uri"],
            "oidcToken": {"serviceAccountEmail": email, "audience": flags.get("oidc-token-audience")},
        },
    }


def _need_schedule(schedule: str, zone: str) -> None:
    try:
        if len(schedule.split()) != 5:
            raise CronSimError
        CronSim(schedule, SOME_DAY)
        ZoneInfo(zone)
    except (CronSimError, ZoneInfoNotFoundError, ValueError) as error:
        raise Refused(f"INVALID_ARGUMENT: {schedule} in {zone}: Schedule or time zone is invalid.") from error


def secret(_: Project, wanted: Wanted) -> Document:
    """Show a secret, empty at first."""
    return {
        "name": f"projects/{NUMBER}/secrets/{wanted.name}",
        "labels": dict(pairs(wanted.flags.get("labels"))),
        "versions": wanted.old.get("versions", []),
    }


def labelled(_: Project, wanted: Wanted) -> Document:
    """Show whatever has labels and a state in which it can be used."""
    labels = wanted.flags.get("update-labels", wanted.flags.get("labels"))
    return {"labels": dict(pairs(labels)), "state": "ACTIVE"}


def sql_instance(_: Project, wanted: Wanted) -> Document:
    """Show a Cloud SQL instance, at once ready."""
    region = wanted.flags.get("region", wanted.call.flag("region"))
    return {
        "state": "RUNNABLE",
        "connectionName": f"{PROJECT}:{region}:{wanted.name}",
        "serviceAccountEmailAddress": f"p{NUMBER}-abc123@gcp-sa-cloud-sql.iam.gserviceaccount.com",
        "settings": {"tier": wanted.flags.get("tier")},
    }


def redis_instance(project: Project, wanted: Wanted) -> Document:
    """Show a Memorystore instance, at once ready."""
    return {**labelled(project, wanted), "state": "READY", "host": "10.7.0.3", "port": 6379}


def from_file(project: Project, wanted: Wanted) -> Document:
    """Show whatever is made of a JSON file in the API's own shape; `etag` says which version it is."""
    said = _file(wanted.call, "policy-from-file", "config-from-file", "channel-content-from-file")
    title = said.get("displayName", wanted.flags.get("display-name"))
    return {**said, "displayName": title, "name": wanted.name, "etag": f"e{len(project.calls)}"}


def _file(call: Call, *flags: str) -> Document:
    name = call.flag(*flags)
    if name is None:
        return {}
    text = call.stdin if name in {"-", "/dev/stdin"} else Path(call.folder, name).read_text()
    document: Document = json.loads(text)
    return document


def uptime(_: Project, wanted: Wanted) -> Document:
    """Show an uptime check."""
    return {
        "displayName": wanted.call.words[-1],
        "monitoredResource": {"labels": dict(pairs(wanted.flags.get("resource-labels")))},
    }


def index(_: Project, wanted: Wanted) -> Document:
    """Show a composite index of Firestore, to which the service adds the document's own name."""
    fields = [dict(pairs(each)) for each in wanted.call.every("field-config")]
    shown = [{"fieldPath": each["field-path"], "order": each["order"].upper()} for each in fields]
    return {"fields": [*shown, {"fieldPath": "__name__", "order": shown[-1]["order"]}], "state": "READY"}
