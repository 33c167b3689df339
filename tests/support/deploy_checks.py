"""What must hold of a deployment, told from the commands that it consists of: each check returns what is wrong."""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import timedelta

from common.tasks import SERVICES, TASKS, Service, Task
from tests.support.gcloud import sdk
from tests.support.gcloud.call import Call
from tests.support.gcloud.cloud import NUMBER, PROJECT
from tests.support.gcloud.services import pairs

REGION = "us-west1"
SCHEDULER = f"capitolscope-scheduler@{PROJECT}.iam.gserviceaccount.com"
LEEWAY = timedelta(seconds=15)
"""Cloud Scheduler waits that much longer than the function may take."""
ROLES = {
    "projects": {"cloudsql.client", "cloudsql.instanceUser", "datastore.user", "run.builder"},
    "storage buckets": {"storage.objectCreator", "storage.objectViewer"},
    "tasks queues": {"cloudtasks.enqueuer"},
    "iam service-accounts": {"iam.serviceAccountUser"},
    "secrets": {"secretmanager.secretAccessor"},
    "run services": {"run.invoker"},
}
"""The widest that anybody may be granted, by what it is granted on; none of them can change what was deployed."""
SECRETS = {"REDIS_URL", "LINK_KEYS", "ADDRESS_KEY", "SENDGRID_API_KEY", "ALPACA_SECRET_KEY"}
LABELLED = (
    ("run", "deploy"),
    ("run", "jobs", "deploy"),
    ("secrets", "create"),
    ("redis", "instances", "create"),
)
LOCATED = (
    ("run", "deploy"),
    ("run", "jobs"),
    ("scheduler", "jobs"),
    ("redis", "instances"),
    ("tasks", "queues"),
    ("sql", "instances", "create"),
    ("storage", "buckets", "create"),
    ("firestore", "databases", "create"),
)


@dataclass(frozen=True)
class Deployed:
    """A whole first deployment of FUNCTIONS, as the commands that it ran or would run."""

    calls: tuple[Call, ...]
    functions: tuple[str, ...]

    def all(self, *words: str) -> Iterator[Call]:
        """Yield the commands that begin with WORDS."""
        return (call for call in self.calls if call.starts(*words))

    def place(self, *words: str) -> int:
        """Return the place of the first command that begins with WORDS; past the last one where there is none."""
        return next((i for i, call in enumerate(self.calls) if call.starts(*words)), len(self.calls))

    def services(self) -> Iterator[tuple[Task | Service, Call]]:
        """Yield each function of the registry with the command that deploys it."""
        for name in self.functions:
            found = [call for call in self.all("run", "deploy") if call.words[2] == name.replace("_", "-")]
            yield from ((TASKS.get(name) or SERVICES[name], call) for call in found)


Check = Callable[[Deployed], Iterable[str]]


def accepted(seen: Deployed) -> list[str]:
    """Hold that the SDK's own parser takes every command."""
    return [f"{call}: {why}" for call in seen.calls if (why := sdk.refusal(call.argv, call.folder))]


def complete(seen: Deployed) -> list[str]:
    """Hold that every function of the registry is deployed once, and every task has its job."""
    deployed = [call.words[2].replace("-", "_") for call in seen.all("run", "deploy")]
    jobs = [call.words[-1] for call in seen.all("scheduler", "jobs", "create", "http")]
    wanted = [TASKS[name].job for name in seen.functions if name in TASKS]
    return _differ("functions", sorted(deployed), sorted(seen.functions)) + _differ("jobs", jobs, wanted)


def _differ(what: str, is_: object, should_be: object) -> list[str]:
    return [] if is_ == should_be else [f"{what}: {is_}, not {should_be}"]


def sized(seen: Deployed) -> Iterator[str]:
    """Hold that every function has the registry's size; a task works on one request at a time."""
    for function, call in seen.services():
        concurrency = "1" if isinstance(function, Task) else str(function.concurrency)
        wanted = {
            "concurrency": concurrency,
            "timeout": f"{function.timeout.total_seconds():.0f}s",
            "memory": function.memory,
            "cpu": str(function.cpu),
            "max-instances": str(function.max_instances),
            "min-instances": "0",
            "cpu-boost": "true",
            "base-image": "python313",
            "function": function.name,
            "vpc-egress": "private-ranges-only",
        }
        yield from _differ(function.name, {name: call.flag(name) for name in wanted}, wanted)
        yield from _differ(f"{function.name} THREADS", variables(call).get("THREADS"), concurrency)


def variables(call: Call) -> dict[str, str]:
    """Return the plain environment variables that a service is deployed with."""
    return dict(pairs(call.flag("set-env-vars")))


def private(seen: Deployed) -> Iterator[str]:
    """Hold that only what the registry calls public can be called by anybody."""
    for function, call in seen.services():
        public = isinstance(function, Service) and function.public
        said = {name for name in call.flags if name.endswith("allow-unauthenticated")}
        yield from _differ(
            function.name, said, {"allow-unauthenticated" if public else "no-allow-unauthenticated"}
        )
    yield from (str(call) for call in seen.calls if re.search(r"allUsers|allAuthenticatedUsers", str(call)))


def scheduled(seen: Deployed) -> Iterator[str]:
    """Hold that every job is the registry's, signs in as the scheduler, and waits longer than its function may take."""
    jobs = {call.words[-1]: call for call in seen.all("scheduler", "jobs", "create", "http")}
    for task in (TASKS[name] for name in seen.functions if name in TASKS):
        url = f"https://{task.name.replace('_', '-')}-{NUMBER}.{REGION}.run.app"
        wanted = {
            "schedule": task.schedule,
            "time-zone": task.zone,
            "attempt-deadline": f"{(task.timeout + LEEWAY).total_seconds():.0f}s",
            "max-retry-attempts": str(task.retries),
            "min-backoff": f"{task.retry_backoff.total_seconds():.0f}s",
            "uri": url,
            "oidc-service-account-email": SCHEDULER,
            "oidc-token-audience": url,
        }
        said = jobs.get(task.job, Call(()))
        yield from _differ(task.job, {name: said.flag(name) for name in wanted}, wanted)


def least(seen: Deployed) -> Iterator[str]:
    """Hold that nobody is granted more than what is listed here, each function runs as itself, and the build as nobody of them."""
    for call in seen.calls:
        if call.words[-2:-1] == ("add-iam-policy-binding",) or "add-iam-policy-binding" in call.words:
            thing = " ".join(call.words[: call.words.index("add-iam-policy-binding")])
            role = (call.flag("role") or "").removeprefix("roles/")
            if role not in ROLES.get(thing, ()):
                yield f"{role} on {thing}: {call.flag('member')}"
    accounts = [call.flag("service-account") for call in seen.all("run", "deploy")]
    if len(set(accounts)) != len(accounts):
        yield f"shared accounts: {accounts}"
    yield from (f"builds as a function: {call}" for _, call in seen.services() if not _built_apart(call))


def _built_apart(call: Call) -> bool:
    return "capitolscope-build@" in (call.flag("build-service-account") or "")


def readers(seen: Deployed) -> Iterator[str]:
    """Hold that each secret is read by the functions that are given it, and by nobody else."""
    for _, call in seen.services():
        account = f"serviceAccount:{call.flag('service-account')}"
        given = {pinned.partition(":")[0] for _, pinned in pairs(call.flag("set-secrets"))}
        yield from _differ(account, _granted(seen, account), given)


def _granted(seen: Deployed, account: str) -> set[str]:
    grants = seen.all("secrets", "add-iam-policy-binding")
    return {call.words[-1] for call in grants if call.flag("member") == account}


def pinned(seen: Deployed) -> Iterator[str]:
    """Hold that a secret comes by reference, at a version that is named, and never as a plain variable."""
    for function, call in seen.services():
        secrets = dict(pairs(call.flag("set-secrets")))
        for name, reference in secrets.items():
            if not re.fullmatch(r"capitolscope-[a-z-]+:\d+", reference):
                yield f"{function.name}: {name}={reference}"
        if plain := SECRETS & variables(call).keys():
            yield f"{function.name} is told in plain text: {plain}"
        if "REDIS_URL" not in secrets:
            yield f"{function.name} gets no REDIS_URL"


def here(seen: Deployed) -> list[str]:
    """Hold that everything that has a place is made in the region."""
    calls = [call for words in LOCATED for call in seen.all(*words)]
    return [str(call) for call in calls if call.flag("region", "location") != REGION]


def labelled(seen: Deployed) -> list[str]:
    """Hold that everything that takes labels says that it is ours."""
    calls = [call for words in LABELLED for call in seen.all(*words)]
    return [str(call) for call in calls if call.flag("labels") != "app=capitolscope"]


def migrated_first(seen: Deployed) -> list[str]:
    """Hold that the schema is brought up to date before any function runs on it."""
    is_first = seen.place("run", "jobs", "execute") < seen.place("run", "deploy")
    return [] if is_first else ["functions before the migration"]


def baseline_first(seen: Deployed) -> Iterator[str]:
    """Hold that every job waits, paused, until the baseline was asked for; then each is set going."""
    asked = seen.place("tasks", "create-http-task")
    body = seen.calls[asked].flag("body-content") if asked < len(seen.calls) else None
    yield from _differ("asked for", body, '{"baseline": true}')
    jobs = [call.words[-1] for call in seen.all("scheduler", "jobs", "create", "http")]
    before, after = seen.calls[:asked], seen.calls[asked:]
    yield from _differ(
        "paused", [c.words[-1] for c in before if c.starts("scheduler", "jobs", "pause")], jobs
    )
    yield from _differ(
        "resumed", [c.words[-1] for c in after if c.starts("scheduler", "jobs", "resume")], jobs
    )
    early = [c for c in before if c.starts("scheduler", "jobs", "resume")]
    yield from (f"before the baseline: {call}" for call in early)


def kept(seen: Deployed) -> Iterator[str]:
    """Hold that what holds data is protected: backups, no deletion by mistake, nothing public, an expiry where one is meant."""
    for words, flags in {
        ("sql", "instances", "create"): ("backup", "deletion-protection", "enable-point-in-time-recovery"),
        ("storage", "buckets", "create"): ("public-access-prevention", "uniform-bucket-level-access"),
        ("firestore", "fields", "ttls", "update"): ("enable-ttl",),
        ("redis", "instances", "create"): ("enable-auth",),
    }.items():
        calls = [*seen.all(*words)] or [Call(words)]
        yield from (
            f"{' '.join(words)} without --{flag}" for flag in flags for c in calls if c.flag(flag) != "true"
        )
    indexes = [
        tuple(call.every("field-config")) for call in seen.all("firestore", "indexes", "composite", "create")
    ]
    yield from _differ("indexes", indexes, [_index("task"), _index("status"), _index("task", "status")])


def _index(*fields: str) -> tuple[str, ...]:
    ascending = (f"field-path={field},order=ascending" for field in fields)
    return (*ascending, "field-path=expire_at,order=descending")


CHECKS: tuple[Check, ...] = (
    accepted,
    complete,
    sized,
    private,
    scheduled,
    least,
    readers,
    pinned,
    here,
    labelled,
    migrated_first,
    baseline_first,
    kept,
)


def faults(seen: Deployed) -> dict[str, list[str]]:
    """Return what every check finds wrong, by its name; nothing for those that are content."""
    found = {check.__name__: list(check(seen)) for check in CHECKS}
    return {name: wrong for name, wrong in found.items() if wrong}
