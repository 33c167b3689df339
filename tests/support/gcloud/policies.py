"""Who may do what: the policy of each thing that has one."""

from collections.abc import Callable
from typing import Any

from tests.support.gcloud import kinds, services
from tests.support.gcloud.call import Call
from tests.support.gcloud.cloud import PROJECT, Document, Kind, Project, Refused
from tests.support.gcloud.commands import Command

HAVE_ONE: dict[tuple[str, ...], Kind | None] = {
    ("projects",): None,
    ("run", "services"): kinds.SERVICE,
    ("run", "jobs"): kinds.RUN_JOB,
    ("secrets",): kinds.SECRET,
    ("storage", "buckets"): kinds.BUCKET,
    ("iam", "service-accounts"): kinds.ACCOUNT,
    ("tasks", "queues"): kinds.QUEUE,
    ("artifacts", "repositories"): kinds.ARTIFACTS,
}


def _owner(project: Project, kind: Kind | None, call: Call) -> Document:
    if kind is None:
        return project.resources.setdefault(("projects", "", PROJECT), {"iam": {}})
    return project.describe(kind, call)


def add(project: Project, kind: Kind | None, call: Call) -> Document:
    """Grant a role. Raises Refused for an account that is not there."""
    owner = _owner(project, kind, call)
    member, role = call.flags["member"], call.flags["role"]
    if member.startswith("serviceAccount:"):
        services.need_account(project, member.partition(":")[2])
    if not role.startswith(("roles/", f"projects/{PROJECT}/roles/")):
        raise Refused(f"INVALID_ARGUMENT: Role {role} is not supported for this resource.")
    owner["iam"] = {**owner["iam"], role: sorted({*owner["iam"].get(role, ()), member})}
    return shown(owner)


def remove(project: Project, kind: Kind | None, call: Call) -> Document:
    """Take a role back. Raises Refused where it was not granted."""
    owner = _owner(project, kind, call)
    member, role = call.flags["member"], call.flags["role"]
    if member not in owner["iam"].get(role, ()):
        raise Refused(f"Policy binding with the specified principal, role, and condition not found: {member}")
    left = {**owner["iam"], role: [each for each in owner["iam"][role] if each != member]}
    owner["iam"] = {role: members for role, members in left.items() if members}
    return shown(owner)


def get(project: Project, kind: Kind | None, call: Call) -> Document:
    """Show a policy."""
    return shown(_owner(project, kind, call))


def shown(owner: Document) -> Document:
    """Return a policy as gcloud shows it."""
    return {
        "bindings": [{"role": role, "members": members} for role, members in sorted(owner["iam"].items())]
    }


def _bound(does: Callable[[Project, Kind | None, Call], Any], kind: Kind | None) -> Command:
    return lambda project, call: does(project, kind, call)


COMMANDS: dict[tuple[str, ...], Command] = {
    (*group, f"{verb}-iam-policy{end}"): _bound(does, kind)
    for group, kind in HAVE_ONE.items()
    for verb, end, does in (("add", "-binding", add), ("remove", "-binding", remove), ("get", "", get))
}
