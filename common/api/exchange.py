"""A request and its answer in our own terms, so that no handler knows the framework."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from common.errors import CapitolScopeError


class NotFound(CapitolScopeError):
    """There is nothing of that name; answered 404 with what to do next."""

    def __init__(self, message: str, what_next: str = "") -> None:
        super().__init__(message)
        self.what_next = what_next


class Asked(BaseModel):
    """Base of what a caller sends: a field that nobody knows is refused."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Told(BaseModel):
    """Base of what a caller is told."""

    model_config = ConfigDict(frozen=True, extra="forbid", json_schema_serialization_defaults_required=True)


class Nothing(Asked):
    """No fields at all; an empty body will do."""


class Problem(Told):
    """Why a request was not done."""

    model_config = ConfigDict(json_schema_serialization_defaults_required=False)

    error: str = Field(description="what is wrong, in a sentence")
    field: str | None = Field(default=None, description="the field, header or part of the path that is wrong")
    what_next: str | None = Field(default=None, description="what to do about it")


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One request, valid in every part."""

    path: Mapping[str, str]
    query: Any = None
    """An instance of the route's query model."""
    body: Any = None
    """An instance of the route's body model."""
    key: str | None = None
    """Its idempotency key."""
    due: datetime | None = None
    """The tick for which Cloud Scheduler sent it."""
    trace: str | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """What the caller gets."""

    status: int
    body: BaseModel | Mapping[str, Any] | str
    """A text goes out as it is; everything else as JSON."""
    headers: Mapping[str, str] = field(default_factory=dict)
