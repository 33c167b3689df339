"""Whether a project grants what the table of roles says, and no more; and whether its quotas hold what the registry asks for."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from common.tasks import SERVICES, TASKS, Service, Task
from local.deploy.finding import Finding, doubt, ill, unseen, well
from local.deploy.monitors import service
from local.deploy.usage import gib

EVERYBODY = frozenset({"allUsers", "allAuthenticatedUsers"})
QUOTAS: Mapping[str, str] = {
    "CpuAllocPerProjectRegion": "processors",
    "MemAllocPerProjectRegion": "memory",
}
"""Quota of Cloud Run -> what it limits: milli vCPU and bytes, of all instances of a region."""
ASK_FOR_MORE = "console: IAM & Admin > Quotas, filter {}; or lower max_instances in common/tasks.py"

Grant = tuple[str, str]
"""Member and role."""


def roles(wanted: Iterable[Grant], policy: Mapping[str, Any]) -> Iterator[Finding]:
    """Yield what POLICY, a project's, grants ours too little or too much."""
    found = {
        (member, binding["role"])
        for binding in policy.get("bindings", ())
        for member in binding["members"]
        if member.startswith("serviceAccount:capitolscope-")
    }
    wanted = set(wanted)
    for member, role in sorted(wanted - found):
        yield ill("permissions", f"{member} lacks {role}", "./deploy.sh deploy grants it")
    for member, role in sorted(found - wanted):
        yield ill(
            "permissions", f"{member} has {role}, which nothing needs", "./deploy.sh deploy takes it back"
        )
    if wanted == found:
        yield well("permissions", f"{len(found)} roles in the project, as the table says")


def openness(policies: Mapping[str, Mapping[str, Any]]) -> Iterator[Finding]:
    """Yield which functions are open to everybody and should not be, or the other way, by POLICIES of their services."""
    functions: list[Task | Service] = [*TASKS.values(), *SERVICES.values()]
    for function in functions:
        name = service(function.name)
        if name not in policies:
            yield ill(name, "is not deployed", f"./deploy.sh deploy {function.name}")
            continue
        members = {member for one in policies[name].get("bindings", ()) for member in one["members"]}
        is_open, should_be = bool(members & EVERYBODY), isinstance(function, Service) and function.public
        if is_open != should_be:
            found = "everybody may call it" if is_open else "nobody outside may call it"
            yield ill(name, found, f"./deploy.sh deploy {function.name}")


def quotas(answers: Sequence[Mapping[str, Any]], region: str) -> Iterator[Finding]:
    """Yield whether the quotas in ANSWERS hold one function at its full size, and all of them."""
    functions: list[Task | Service] = [*TASKS.values(), *SERVICES.values()]
    needs: dict[str, list[float]] = {
        "CpuAllocPerProjectRegion": [one.cpu * one.max_instances * 1000 for one in functions],
        "MemAllocPerProjectRegion": [gib(one.memory) * one.max_instances * 2**30 for one in functions],
    }
    limits = {answer["quotaId"]: _limit(answer, region) for answer in answers}
    for quota, what in QUOTAS.items():
        yield _quota(quota, what, needs[quota], limits.get(quota))


def _limit(answer: Mapping[str, Any], region: str) -> float | None:
    values = {
        location: float(info["details"]["value"])
        for info in answer.get("dimensionsInfos", ())
        for location in info.get("applicableLocations", (region,))
    }
    return values.get(region)


def _quota(quota: str, what: str, needs: Sequence[float], limit: float | None) -> Finding:
    part, more = f"quota of {what}", ASK_FOR_MORE.format(quota)
    if limit is None or limit < 0:  # -1: without a limit
        return well(part, "no limit") if limit else unseen(part, "no figure", more)
    if max(needs) > limit:
        return ill(part, f"{limit:.0f}, and one function may take {max(needs):.0f}", more)
    if sum(needs) > limit:
        return doubt(part, f"{limit:.0f}, and all functions at once may take {sum(needs):.0f}", more)
    return well(part, f"{limit:.0f}, and all functions at once take {sum(needs):.0f}")
