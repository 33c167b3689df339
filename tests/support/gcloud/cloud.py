"""A project of Google Cloud as far as deploy.sh can see one: what was made, and the answers that follow from it."""

import copy
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from tests.support.gcloud import sdk
from tests.support.gcloud.call import Call

PROJECT = "demo-project"
NUMBER = "123456789012"
Document = dict[str, Any]
Key = tuple[str, str, str]
"""Kind, location (empty where a kind has none) and name."""
PASSING = frozenset(
    {"project", "quiet", "format", "filter", "async", "wait", "region", "location", "data-file"}
)
"""Flags that say how to ask, not what to make."""
VOLATILE = frozenset({"etag", "latestReadyRevisionName", "value", "executions", "runs"})
"""What differs between two resources that are the same to whoever uses them."""


class Refused(Exception):
    """The service or gcloud itself says no, in the words that follow `ERROR: (gcloud.x.y) `."""


class NotTaught(Exception):
    """Asked something that nobody taught the recorder."""


@dataclass(frozen=True)
class Answer:
    """How one call ended."""

    status: int = 0
    out: str = ""
    err: str = ""


@dataclass(frozen=True)
class Fault:
    """Lets the calls that PATTERN finds fail with MESSAGE: before they do anything, or as an answer that was lost."""

    pattern: str
    message: str = "INTERNAL: an internal error has occurred"
    answer_lost: bool = False
    times: int = 10**6


@dataclass(frozen=True)
class Wanted:
    """A resource that a call asks for: with what the call leaves as it is."""

    call: Call
    name: str
    location: str
    old: Document
    """As it is; empty = not there."""
    flags: Mapping[str, str]
    """Those of this call over those of earlier ones."""


def last_word(call: Call) -> str:
    """Return what most commands name last: the name, or the last part of a path."""
    return call.words[-1].rstrip("/").rsplit("/", 1)[-1]


def _nothing_more(_: "Project", __: Wanted) -> Document:
    return {}


@dataclass(frozen=True, kw_only=True)
class Kind:
    """One kind of resource, and how gcloud speaks of it."""

    name: str
    """The group of commands that makes it."""
    api: str
    located: bool = False
    missing: str = "NOT_FOUND: Requested entity was not found."
    twice: str = "ALREADY_EXISTS: Requested entity already exists"
    document: Callable[["Project", Wanted], Document] = _nothing_more
    """What `describe` shows beside the name. Raises Refused for what the service does not take."""
    named_by: Callable[[Call], str] = last_word
    numbered: str = ""
    """Path under which Google numbers them itself."""


@dataclass
class Project:
    """One project's resources, the calls that were recorded, and the faults that wait for some of them."""

    commands: Mapping[tuple[str, ...], Callable[["Project", Call], Any]] = field(repr=False)
    resources: dict[Key, Document] = field(default_factory=dict)
    apis: set[str] = field(default_factory=set)
    calls: list[Call] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    trip: Callable[[Call], Fault | None] | None = None
    """Asked of each call first."""
    logs: list[Document] = field(default_factory=list)
    being_made: dict[str, int] = field(default_factory=dict)
    """Kind -> how many more looks at one of it see it not ready."""
    outcome: str = "succeeded"
    """How runs that were asked for end."""
    refused: list[tuple[Call, str]] = field(default_factory=list)

    def answer(self, call: Call) -> Answer:
        """Record CALL, do what it asks, and say what gcloud would."""
        self.calls.append(call)
        try:
            return Answer(out=self._obey(call))
        except Refused as no:
            self.refused.append((call, str(no)))
            return Answer(1, err=f"ERROR: (gcloud.{'.'.join(call.words)}) {no}\n")
        except NotTaught as unknown:
            self.refused.append((call, str(unknown)))
            return Answer(2, err=f"ERROR: nobody taught the recorder {unknown}: {call}\n")

    def _obey(self, call: Call) -> str:
        if why := sdk.refusal(call.argv, call.folder):
            raise Refused(why)
        if not (call.flag("project") or call.variable("CLOUDSDK_CORE_PROJECT")):
            raise Refused("The required property [project] is not currently set.")
        fault = self._fault(call)
        if fault and not fault.answer_lost:
            raise Refused(fault.message)
        found = self.commands[self.path(call)](self, call)
        if fault:
            raise Refused(fault.message)
        return _shown(call, found)

    def _fault(self, call: Call) -> Fault | None:
        if self.trip and (fault := self.trip(call)):
            return fault
        for place, fault in enumerate(self.faults):
            if fault.times and re.search(fault.pattern, str(call)):
                self.faults[place] = replace(fault, times=fault.times - 1)
                return fault
        return None

    def path(self, call: Call) -> tuple[str, ...]:
        """Return the name of CALL's command, such as run, deploy. Raises NotTaught where nobody taught it."""
        for length in range(len(call.words), 0, -1):
            if call.words[:length] in self.commands:
                return call.words[:length]
        raise NotTaught("this command")

    def of(self, kind: str) -> dict[str, Document]:
        """Return what there is of KIND, such as `run services`, by name."""
        return {name: document for (its, _, name), document in sorted(self.resources.items()) if its == kind}

    def state(self) -> tuple[Any, set[str]]:
        """Return everything that is there, comparable with another project's."""
        return _lasting(self.resources), set(self.apis)

    def need_api(self, api: str) -> None:
        """Raise Refused unless API was switched on; storage needs none."""
        if api and api not in self.apis:
            raise Refused(
                f"PERMISSION_DENIED: {api} has not been used in project {NUMBER} before or it is disabled. "
                "Enable it, then retry. [reason: SERVICE_DISABLED]"
            )

    def key(self, kind: Kind, call: Call) -> Key:
        """Return where CALL's resource is kept. Raises Refused where gcloud would ask for a region."""
        self.need_api(kind.api)
        location = call.flag("region", "location") if kind.located else ""
        if location is None:
            raise Refused(f"Please specify a region: there is none in {call}")
        return kind.name, location, call.words[-1] if kind.numbered else kind.named_by(call)

    def create(self, kind: Kind, call: Call) -> Document:
        """Make one. Raises Refused where it is there already."""
        key = self.key(kind, call)
        if kind.numbered:
            key = (*key[:2], f"{kind.numbered}/{1001 + len(self.of(kind.name))}")
        if key in self.resources:
            raise Refused(kind.twice.format(name=key[2]))
        return self._put(kind, call, key)

    def put(self, kind: Kind, call: Call) -> Document:
        """Make one, or change it where it is there."""
        return self._put(kind, call, self.key(kind, call))

    def _put(self, kind: Kind, call: Call, key: Key) -> Document:
        old = self.resources.get(key, {})
        said = {name: value for name, value in call.flags.items() if name not in PASSING}
        flags = {**old.get("flags", {}), **said}
        wanted = Wanted(call, key[2], key[1], old, flags)
        document = {"name": key[2], "iam": {}, **old, **kind.document(self, wanted), "flags": flags}
        self.resources[key] = document
        return document

    def update(self, kind: Kind, call: Call) -> Document:
        """Change one. Raises Refused where there is none."""
        self.describe(kind, call)
        return self.put(kind, call)

    def describe(self, kind: Kind, call: Call) -> Document:
        """Return one. Raises Refused where there is none."""
        key = self.key(kind, call)
        if key not in self.resources:
            raise Refused(kind.missing.format(name=key[2]))
        if self.being_made.get(kind.name, 0):
            self.being_made[kind.name] -= 1
            return {**self.resources[key], "state": "CREATING"}
        return self.resources[key]

    def delete(self, kind: Kind, call: Call) -> None:
        """Remove one. Raises Refused where there is none."""
        self.describe(kind, call)
        del self.resources[self.key(kind, call)]

    def list(self, kind: Kind, call: Call) -> list[Document]:
        """Return all of KIND, or those at the place that CALL names."""
        self.need_api(kind.api)
        place = call.flag("region", "location") if kind.located else None
        return [
            document
            for (its, where, _), document in sorted(self.resources.items())
            if its == kind.name and place in {None, where}
        ]


def _shown(call: Call, found: Any) -> str:
    if isinstance(found, str):
        return found
    return sdk.printed(call.argv, found, call.folder) if call.flag("format") and found is not None else ""


def _lasting(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _lasting(each) for name, each in value.items() if name not in VOLATILE}
    if isinstance(value, list):
        return [_lasting(each) for each in value]
    return copy.copy(value)
