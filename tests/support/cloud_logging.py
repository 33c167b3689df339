"""What Cloud Logging makes of a line of ours, and which filters of metrics it answers to.

https://cloud.google.com/logging/docs/structured-logging#special-payload-fields,
https://cloud.google.com/logging/docs/view/logging-query-language: only comparisons joined by AND.
"""

import json
import operator
import re
from collections.abc import Callable, Mapping
from typing import Any

from common.logs import LABELS, TRACE

Entry = Mapping[str, Any]
COMPARISONS: Mapping[str, Callable[[Any, Any], bool]] = {
    "=": operator.eq,
    "!=": operator.ne,
    ">": operator.gt,
}
COMPARISON = re.compile(r'(?P<path>[\w.]+)(?P<how>!=|=|>)(?P<value>"[^"]*"|[\d.]+)')


def entry_of(line: str) -> Entry:
    """Return LINE as Cloud Run's log entry: known fields are lifted, the rest is jsonPayload."""
    payload = json.loads(line)
    return {
        "severity": payload.pop("severity"),
        "timestamp": payload.pop("time"),
        "trace": payload.pop(TRACE, None),
        "labels": payload.pop(LABELS),
        "resource": {"type": "cloud_run_revision"},
        # a message that stands alone is no object any more
        **(
            {"jsonPayload": payload} if payload.keys() != {"message"} else {"textPayload": payload["message"]}
        ),
    }


def matches(wanted: str, entry: Entry) -> bool:
    """Whether ENTRY is among what the filter WANTED shows. Raises ValueError where this cannot read the filter."""
    return all(_holds(term, entry) for term in wanted.split(" AND "))


def extracted(field: str, entry: Entry) -> Any:
    """Return what `EXTRACT(path)` finds in ENTRY; None = there is none."""
    return _at(field.removeprefix("EXTRACT(").removesuffix(")"), entry)


def _holds(term: str, entry: Entry) -> bool:
    read = COMPARISON.fullmatch(term)
    if read is None:
        raise ValueError(f"{term!r} is no comparison")
    found = _at(read["path"], entry)
    return found is not None and COMPARISONS[read["how"]](found, json.loads(read["value"]))


def _at(path: str, entry: Entry) -> Any:
    found: Any = entry
    for name in path.split("."):
        if not isinstance(found, Mapping) or name not in found:
            return None
        found = found[name]
    return found
