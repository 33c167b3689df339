"""What deploy.sh asks about a run by hand: its id, its parameters as JSON, and how far its log says that it is."""

import json
import sys
from collections.abc import Iterable, Mapping
from typing import Any

import click
from pydantic import BaseModel

from common.api.runs import PARAMETERS
from common.errors import InvalidRequest
from common.ops.health.verdict import Color
from common.runtime.decide import keyed_id
from common.runtime.trigger import valid_parameters
from common.tasks import TASKS


class Anything(BaseModel, extra="allow"):
    """The parameters of a function whose own are not known here; it checks them itself."""


def parameters(task: str, asked: Iterable[str]) -> dict[str, Any]:
    """Return NAME=VALUE pairs as TASK takes them: JSON, `a,b` for a list, else the text. Raises InvalidRequest."""
    model = PARAMETERS.get(task, Anything)
    values = dict(_pair(text, model) for text in asked)
    return valid_parameters(json.dumps(values).encode(), model)


def _pair(text: str, model: type[BaseModel]) -> tuple[str, Any]:
    name, is_pair, value = text.partition("=")
    if not is_pair:
        raise InvalidRequest(name, "should be NAME=VALUE")
    field = model.model_fields.get(name)
    if field is not None and "tuple" in str(field.annotation) and not value.startswith("["):
        read = str if "str" in str(field.annotation) else _json  # a document's number is a text
        return name, [read(item) for item in value.split(",")]
    return name, _json(value)


def _json(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text


def state(run_id: str, entries: Iterable[Mapping[str, Any]]) -> str:
    """Return `waiting`, `running`, or RUN_ID's last outcome with its reason, by ENTRIES, oldest first."""
    told, ill = "waiting", []
    for entry in entries:
        said = entry.get("jsonPayload", {})
        if said.get("message") == "task.started":
            told = "running"
        elif said.get("message") == "health.component":  # health_check is no task that starts and finishes
            ill += [_finding(said["found"])] if said["found"]["color"] == Color.RED else []
            told = f"succeeded, and found: {'; '.join(ill) or 'all well'}"
        elif said.get("run_id", run_id) == run_id:
            told = _outcome(said)
    return told


def _finding(found: Mapping[str, str]) -> str:
    return f"{found['component']} is {found['color']}, {found['number']}"


def _outcome(said: Mapping[str, Any]) -> str:
    detail = said.get("continuation") or said.get("reason") or said.get("error")
    return f"{said['status']} {detail}" if detail else str(said["status"])


@click.command()
@click.argument("function", type=click.Choice([*TASKS]))
@click.argument("asked", nargs=-1)
@click.option("--run-id", metavar="KEY", help="Print the run id that KEY leads to.")
@click.option("--state", "run", metavar="RUN", help="Print how far RUN is, by log entries as JSON on stdin.")
def main(*, function: str, asked: tuple[str, ...], run_id: str | None, run: str | None) -> None:
    """Print FUNCTION's parameters ASKED as JSON."""
    try:
        if run_id:
            print(keyed_id(function, run_id))
        elif run:
            print(state(run, json.load(sys.stdin)))
        else:
            print(json.dumps(parameters(function, asked)))
    except InvalidRequest as error:
        sys.exit(f"{function}: {error}")


if __name__ == "__main__":
    main()
