"""Every command of gcloud that the recorder was taught, and what it does to the project."""

import re
from collections.abc import Callable
from typing import Any

from tests.support.gcloud import kinds
from tests.support.gcloud.call import Call
from tests.support.gcloud.cloud import NUMBER, PROJECT, Document, Kind, Project, Refused

Command = Callable[[Project, Call], Any]
BILLED = {"billingAccountName": "billingAccounts/000000-111111-222222", "billingEnabled": True}


def bound(does: Callable[[Project, Kind, Call], Any], kind: Kind) -> Command:
    """Return what DOES for KIND, as a command."""
    return lambda project, call: does(project, kind, call)


def _usual(kind: Kind) -> dict[tuple[str, ...], Command]:
    group = tuple(kind.name.split())
    verbs: dict[str, Callable[[Project, Kind, Call], Any]] = {
        "create": Project.create,
        "update": Project.update,
        "describe": Project.describe,
        "delete": Project.delete,
        "list": Project.list,
    }
    return {(*group, verb): bound(does, kind) for verb, does in verbs.items()}


def _enable(project: Project, call: Call) -> None:
    project.apis.update(call.words[2:])


def _enabled(project: Project, _: Call) -> list[Document]:
    return [{"config": {"name": api}, "state": "ENABLED"} for api in sorted(project.apis)]


def _add_version(project: Project, call: Call) -> Document:
    kept = project.describe(kinds.SECRET, call)
    if not call.stdin or call.flag("data-file") != "-":
        raise Refused("INVALID_ARGUMENT: Secret Payload cannot be empty.")
    number = len(kept["versions"]) + 1
    version = {
        "name": f"{kept['name']}/versions/{number}",
        "state": "ENABLED",
        "createTime": f"2026-01-01T00:00:{number:02}Z",
        "value": call.stdin,
    }
    kept["versions"] = [*kept["versions"], version]
    return _without_value(version)


def _versions(project: Project, call: Call) -> list[Document]:
    return [_without_value(version) for version in project.describe(kinds.SECRET, call)["versions"]]


def _without_value(version: Document) -> Document:
    return {name: value for name, value in version.items() if name != "value"}


def _version(project: Project, call: Call) -> Document:
    kept = project.of("secrets").get(call.flag("secret") or "", {"versions": []})["versions"]
    number = call.words[3]
    found = kept[-1:] if number == "latest" else [v for v in kept if v["name"].endswith(f"/{number}")]
    if not found:
        raise Refused("NOT_FOUND: Secret Version not found.")
    version: Document = found[0]
    return version


def _described_version(project: Project, call: Call) -> Document:
    return _without_value(_version(project, call))


def _ended_version(state: str) -> Command:
    return lambda project, call: _version(project, call).update(state=state)


def _accessed(project: Project, call: Call) -> str:
    """Print a version's value, the only command that does so without a format."""
    value: str = _version(project, call)["value"]
    return value


def _turn(state: str) -> Command:
    def turn(project: Project, call: Call) -> None:
        job = project.describe(kinds.JOB, call)
        if job["state"] == state:
            raise Refused(f"FAILED_PRECONDITION: the job is {state} already.")
        job["state"] = state

    return turn


def _deploy(kind: Kind) -> Command:
    """Return the command that makes or changes one from its source, and leaves an image and an upload behind."""

    def deploy(project: Project, call: Call) -> Document:
        made = project.put(kind, call)
        _, place, name = project.key(kind, call)
        folder = f"gs://run-sources-{PROJECT}-{place}/{kind.name.split()[1]}/{name}"
        project.resources["storage objects", "", f"{folder}/1.zip"] = {"text": ""}
        project.resources["artifacts packages", place, name] = {"name": name}
        return made

    return deploy


def _unmade_image(project: Project, call: Call) -> None:
    host, _, _, name = call.words[-1].split("/")
    if (
        project.resources.pop(("artifacts packages", host.removesuffix("-docker.pkg.dev"), name), None)
        is None
    ):
        raise Refused("NOT_FOUND: Package not found.")


def _unmade_instance(project: Project, call: Call) -> None:
    flags = project.describe(kinds.SQL, call)["flags"]
    if "deletion-protection" in flags and "no-deletion-protection" not in flags:
        raise Refused("HTTPError 400: The instance is protected. Please disable the deletion protection.")
    project.delete(kinds.SQL, call)
    for key in [key for key in project.resources if key[0] in {"sql databases", "sql users", "sql backups"}]:
        del project.resources[key]


def _emptied(project: Project, call: Call) -> None:
    project.describe(kinds.FIRESTORE, call)["emptied"] = call.flag("collection-ids")


def _objects(project: Project, call: Call) -> str:
    found = [url for url in project.of("storage objects") if url.startswith(call.words[-1].rstrip("*"))]
    if not found:
        raise Refused("One or more URLs matched no objects.")
    return "".join(f"{url}\n" for url in found)


def _execute(project: Project, call: Call) -> Document:
    job = project.describe(kinds.RUN_JOB, call)
    job["executions"] = job.get("executions", 0) + 1
    return {"metadata": {"name": f"{call.words[-1]}-abcde"}, "status": {"succeededCount": 1}}


def _run_job_now(project: Project, call: Call) -> Document:
    job = project.describe(kinds.JOB, call)
    job["runs"] = job.get("runs", 0) + 1
    return job


def _task(project: Project, call: Call) -> Document:
    queue, place = call.flag("queue") or "", call.flag("location") or ""
    if ("tasks queues", place, queue) not in project.resources:
        raise Refused("NOT_FOUND: Queue does not exist.")
    project.logs += _logged_by(project, call)
    return {"name": f"projects/{PROJECT}/locations/{place}/queues/{queue}/tasks/1"}


def _logged_by(project: Project, call: Call) -> list[Document]:
    """Return what the function that a task calls would log of its run."""
    function = re.sub(r"^https://(.+)-\d+\..*", r"\1", call.flag("url") or "").replace("-", "_")
    header = next(each for each in call.every("header") if each.startswith("CapitolScope-Run: "))
    run_id = header.partition(": ")[2]
    labels = {"function": function, "task": function, "run_id": run_id}
    entry = {"timestamp": "2026-01-02T03:04:05Z", "severity": "INFO", "labels": labels}
    said = {"task": function, "run_id": run_id}
    service = {"labels": {"service_name": function.replace("_", "-")}}
    return [
        {
            "logName": f"projects/{PROJECT}/logs/run.googleapis.com%2Frequests",
            "resource": service,
            "labels": {},
            "httpRequest": {"latency": "2.500000000s"},
        },
        {**entry, "jsonPayload": {"message": "task.started", **said}},
        {
            **entry,
            "jsonPayload": {"message": "task.finished", "status": project.outcome, "seconds": 2.5, **said},
        },
    ]


def _logged(project: Project, call: Call) -> list[Document]:
    """Return the requests of the service that the filter names; or, without requests, the entries of its run, or all."""
    wanted = call.words[-1]
    run_id = re.search(r'labels.run_id="(.+?)"', wanted)
    service = re.search(r'service_name="(.+?)"', wanted)
    if "NOT log_id" not in wanted and service:
        of = {"labels": {"service_name": service[1]}}
        return [entry for entry in project.logs if entry.get("resource") == of]
    said = [entry for entry in project.logs if "jsonPayload" in entry]
    return [entry for entry in said if not run_id or entry["labels"].get("run_id") == run_id[1]]


def _auth(project: Project, call: Call) -> Document:
    project.describe(kinds.REDIS, call)
    return {"authString": "redis-password-of-the-recorder"}


def _copied(project: Project, call: Call) -> None:
    project.resources["storage objects", "", call.words[-1]] = {"text": call.stdin}


def _read(project: Project, call: Call, url: str | None = None) -> str:
    found = project.of("storage objects").get(url or call.words[-1])
    if found is None:
        raise Refused(f"The following URLs matched no objects or files:\n{url or call.words[-1]}")
    text: str = found["text"]
    return text


def _moved(project: Project, call: Call) -> None:
    project.resources["storage objects", "", call.words[-1]] = {"text": _read(project, call, call.words[-2])}
    del project.resources["storage objects", "", call.words[-2]]


def _removed(project: Project, call: Call) -> None:
    url = call.words[-1].rstrip("/*")
    for key in [key for key in project.resources if key[0] == "storage objects" and key[2].startswith(url)]:
        del project.resources[key]
    if call.flag("recursive", "r") and "/" not in url.removeprefix("gs://"):
        project.delete(kinds.BUCKET, call)  # --recursive without a folder takes the bucket too


def _quota(project: Project, call: Call) -> Document:
    project.need_api("cloudquotas.googleapis.com")
    limit = {"details": {"value": "1000000000000"}, "applicableLocations": ["us-west1"]}
    return {"quotaId": call.words[-1], "dimensionsInfos": [limit]}


def _always(document: Any) -> Command:
    def answer(_: Project, __: Call) -> Any:
        return document

    return answer


COMMANDS: dict[tuple[str, ...], Command] = {
    **{words: does for kind in kinds.ALL for words, does in _usual(kind).items()},
    ("run", "deploy"): _deploy(kinds.SERVICE),
    ("run", "jobs", "deploy"): _deploy(kinds.RUN_JOB),
    ("run", "jobs", "execute"): _execute,
    ("run", "services", "proxy"): bound(Project.describe, kinds.SERVICE),
    ("scheduler", "jobs", "create", "http"): bound(Project.create, kinds.JOB),
    ("scheduler", "jobs", "update", "http"): bound(Project.update, kinds.JOB),
    ("scheduler", "jobs", "pause"): _turn("PAUSED"),
    ("scheduler", "jobs", "resume"): _turn("ENABLED"),
    ("scheduler", "jobs", "run"): _run_job_now,
    ("tasks", "create-http-task"): _task,
    ("secrets", "versions", "add"): _add_version,
    ("secrets", "versions", "list"): _versions,
    ("secrets", "versions", "describe"): _described_version,
    ("secrets", "versions", "access"): _accessed,
    ("secrets", "versions", "destroy"): _ended_version("DESTROYED"),
    ("secrets", "versions", "disable"): _ended_version("DISABLED"),
    ("firestore", "fields", "ttls", "update"): bound(Project.put, kinds.TTL),
    ("monitoring", "uptime", "list-configs"): bound(Project.list, kinds.UPTIME),
    ("redis", "instances", "get-auth-string"): _auth,
    ("sql", "instances", "patch"): bound(Project.put, kinds.SQL),
    ("sql", "import", "sql"): _always(None),
    ("services", "enable"): _enable,
    ("services", "list"): _enabled,
    ("projects", "describe"): _always({"projectId": PROJECT, "projectNumber": NUMBER}),
    ("billing", "projects", "describe"): _always(BILLED),
    ("storage", "cp"): _copied,
    ("storage", "cat"): _read,
    ("storage", "mv"): _moved,
    ("storage", "rm"): _removed,
    ("storage", "ls"): _objects,
    ("artifacts", "docker", "images", "delete"): _unmade_image,
    ("firestore", "bulk-delete"): _emptied,
    ("sql", "instances", "delete"): _unmade_instance,
    ("quotas", "info", "describe"): _quota,
    ("logging", "read"): _logged,
}
