"""What Cloud Monitoring is told: `python -m local.deploy.monitors --project ID --into FOLDER`.

Metrics, policies and the dashboard are files of monitoring/ in the API's own JSON. Here they get this project's names, and
what names functions is made of the registry: a row of the dashboard and a log view each. Prints a line for each file,
tab-separated: metric | policy | dashboard, the name that tells it from others, the file.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from common.tasks import SERVICES, TASKS

DATA = Path(__file__).parent / "monitoring"
HOST = "${HOST}"
METRIC = 'resource.type="cloud_run_revision" AND metric.type="logging.googleapis.com/user/capitolscope_{}"'
ROW = 4  # height of a chart on the grid of 12 columns


@dataclass(frozen=True, slots=True)
class Monitor:
    """One thing that Cloud Logging or Cloud Monitoring keeps."""

    kind: str
    """metric, policy or dashboard."""
    file: str
    """Where it is written, without .json."""
    body: Mapping[str, Any]
    """As the API takes it."""

    @property
    def name(self) -> str:
        """What tells it from others of its kind."""
        return str(self.body["name"] if self.kind == "metric" else self.body["displayName"])


def monitors(project: str, host: str | None, channel: str | None = None) -> Iterator[Monitor]:
    """Yield all that PROJECT is watched by, policies telling CHANNEL; without HOST, web's, nothing that asks for it."""
    told = {"notificationChannels": [channel]} if channel else {}
    for file in sorted((DATA / "metrics").glob("*.json")):
        yield Monitor("metric", f"metrics/{file.stem}", json.loads(file.read_text()))
    for file in sorted((DATA / "policies").glob("*.json")):
        text = file.read_text()
        if host or HOST not in text:
            policy = json.loads(text.replace(HOST, host or ""))
            yield Monitor("policy", f"policies/{file.stem}", policy | told)
    yield Monitor("dashboard", "dashboards/overview", overview())
    for function in (*TASKS, *SERVICES):
        yield Monitor("dashboard", f"dashboards/log-{service(function)}", log_view(function, project))


def overview() -> dict[str, Any]:
    """Return the dashboard: what all share, then a row for each scheduled function."""
    shared = json.loads((DATA / "dashboard.json").read_text())
    tiles = shared["mosaicLayout"]["tiles"]
    below = max(tile["yPos"] + tile["height"] for tile in tiles)
    rows = [
        {"xPos": 6 * column, "yPos": below + ROW * row, "width": 6, "height": ROW, "widget": widget}
        for row, function in enumerate(TASKS)
        for column, widget in enumerate((_outcomes(function), _durations(function)))
    ]
    return {**shared, "mosaicLayout": {**shared["mosaicLayout"], "tiles": [*tiles, *rows]}}


def log_view(function: str, project: str) -> dict[str, Any]:
    """Return FUNCTION's log as a saved page: its own lines, its requests, and what Cloud Run says of its instances."""
    panel = {"filter": log_filter(function), "resourceNames": [f"projects/{project}"]}
    tile = {"width": 12, "height": 16, "widget": {"title": function, "logsPanel": panel}}
    return {
        "displayName": f"CapitolScope log: {function}",
        "labels": {"app": "capitolscope"},
        "mosaicLayout": {"columns": 12, "tiles": [tile]},
    }


def log_filter(function: str) -> str:
    """Return the filter that shows all that FUNCTION logged, also when it fell before its first line."""
    return f'resource.type="cloud_run_revision" AND resource.labels.service_name="{service(function)}"'


def service(function: str) -> str:
    """Return FUNCTION's name as a Cloud Run service."""
    return function.replace("_", "-")


def _outcomes(function: str) -> dict[str, Any]:
    aligned = {"perSeriesAligner": "ALIGN_DELTA", "crossSeriesReducer": "REDUCE_SUM"}
    query = _query("runs", function, {**aligned, "groupByFields": ["metric.label.status"]})
    return _chart(f"{function}: runs by how they ended", "STACKED_BAR", query)


def _durations(function: str) -> dict[str, Any]:
    aligned = {"perSeriesAligner": "ALIGN_PERCENTILE_95", "crossSeriesReducer": "REDUCE_MAX"}
    return _chart(f"{function}: seconds, 95th percentile", "LINE", _query("run_seconds", function, aligned))


def _query(metric: str, function: str, aligned: Mapping[str, Any]) -> dict[str, Any]:
    wanted = f'{METRIC.format(metric)} AND metric.labels.function="{function}"'
    aggregation = {"alignmentPeriod": "600s", **aligned}
    return {"timeSeriesFilter": {"filter": wanted, "aggregation": aggregation}}


def _chart(title: str, kind: str, query: Mapping[str, Any]) -> dict[str, Any]:
    drawn = {"plotType": kind, "targetAxis": "Y1", "timeSeriesQuery": query}
    return {"title": title, "xyChart": {"dataSets": [drawn]}}


@click.command()
@click.option("--project", required=True, help="Id of the project.")
@click.option("--host", help="Public name of web, without https://.")
@click.option("--channel", help="Name of the notification channel that policies tell.")
@click.option("--into", required=True, type=click.Path(path_type=Path, file_okay=False), help="A folder.")
def main(*, project: str, host: str | None, channel: str | None, into: Path) -> None:
    """Write what Cloud Monitoring is told into a folder, and print what is there."""
    for monitor in monitors(project, host, channel):
        file = into / f"{monitor.file}.json"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps(monitor.body, indent=2) + "\n")
        click.echo(f"{monitor.kind}\t{monitor.name}\t{file}")


if __name__ == "__main__":
    main()
