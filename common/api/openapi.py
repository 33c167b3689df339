"""Writes the OpenAPI file from the one table of routes: `python -m common.api.openapi`."""

import json
import re
from collections.abc import Iterator, Mapping
from http import HTTPStatus
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import JsonSchemaMode, models_json_schema

from common.api.exchange import Nothing, Problem
from common.api.handlers.itself import FILE
from common.api.routes import KEYS, PARTS, ROUTES, Route, named_in, refusals
from common.api.runs import NAMES, OLDER_NAMES, PARAMETERS
from common.api.shapes import TaskRequest
from common.runtime.trigger import JOB, KEY, SCHEDULE_TIME

JSON = "application/json"
Schema = dict[str, Any]
ABOUT = (
    "What operators and machines ask of CapitolScope; a person opens `/`. Cloud Run's IAM decides who may. A run that is asked for is handed over: "
    "202 says that its function will do it, and the run's status what became of it. Every refusal has one shape, Problem. "
    "A path that is not here is answered 404, a method that a path does not take 405 with the header Allow. Bodies are JSON "
    "of at most 64 KiB; fields and parameters that are not described are refused."
)


def document() -> Schema:
    """Return the whole description."""
    schemas = _schemas()
    paths: dict[str, Schema] = {}
    for route in ROUTES:
        paths.setdefault(route.path, {})[route.method.lower()] = _operation(route)
    return {
        "openapi": "3.1.0",
        "info": {"title": "CapitolScope", "version": "1", "description": ABOUT},
        "paths": paths,
        "components": {"schemas": schemas},
    }


def text() -> str:
    """Return the description as the file holds it."""
    return json.dumps(document(), indent=1) + "\n"


def _operation(route: Route) -> Schema:
    does = (route.handler.__doc__ or "").splitlines()[0].removesuffix(".")
    said = {
        "operationId": f"{route.handler.__module__.rpartition('.')[2]}_{route.handler.__name__}",
        "summary": does,
        "parameters": [*_parts(route), *_query(route), *_headers(route)],
        "responses": dict(_answers(route)),
    }
    return said | ({"requestBody": _body(route.body)} if route.body else {})


def _parts(route: Route) -> Iterator[Schema]:
    for name in named_in(route.path):
        part = PARTS[name]
        schema = {"enum": list(part.names)} if part.names else {"type": "string", "pattern": part.pattern}
        yield _parameter(name, "path", schema, part.description)


def _query(route: Route) -> Iterator[Schema]:
    for name, schema in _own_schema(route.query)["properties"].items():
        plain = {
            key: value for key, value in _not_null(schema).items() if key not in {"title", "description"}
        }
        required = route.query.model_fields[name].is_required()
        yield _parameter(name, "query", plain, schema.get("description", ""), required=required)


def _not_null(schema: Schema) -> Schema:
    """Return SCHEMA of a parameter that may be left out; a query cannot say null."""
    kinds = [kind for kind in schema.get("anyOf", ()) if kind.get("type") != "null"]
    merged = {**schema, **kinds[0]} if kinds else dict(schema)
    return {name: value for name, value in merged.items() if name != "anyOf" and value is not None}


def _headers(route: Route) -> Iterator[Schema]:
    if route.keyed:
        schema = {"type": "string", "pattern": KEYS}
        yield _parameter(KEY, "header", schema, "requests of one key are one run", required=False)
    if route.timed:
        times = {"type": "string", "format": "date-time"}
        yield _parameter(
            SCHEDULE_TIME, "header", times, "the tick, as Cloud Scheduler sends it", required=False
        )
        yield _parameter(
            JOB, "header", {"type": "string"}, "the job, as Cloud Scheduler sends it", required=False
        )


def _parameter(name: str, place: str, schema: Schema, about: str, *, required: bool = True) -> Schema:
    return {"name": name, "in": place, "required": required, "schema": schema, "description": about}


def _body(model: type[BaseModel]) -> Schema:
    return {"required": model is not Nothing, "content": {JSON: {"schema": _ref(model)}}}


def _answers(route: Route) -> Iterator[tuple[str, Schema]]:
    refused = refusals(route)
    for status in sorted({*route.says, *refused}):
        told = [route.says[status]] if status in route.says else []
        shapes: list[type[BaseModel]] = [*told, *([Problem] if status in refused else [])]
        schema = _ref(shapes[0]) if len(shapes) == 1 else {"anyOf": [_ref(shape) for shape in shapes]}
        about = refused.get(status) or HTTPStatus(status).phrase
        yield str(status), {"description": about, "content": {JSON: {"schema": schema}}}


def _ref(model: type[BaseModel]) -> Schema:
    return {"$ref": f"#/components/schemas/{model.__name__}"}


def _own_schema(model: type[BaseModel]) -> Schema:
    return _inlined(model.model_json_schema())


def _inlined(schema: Schema) -> Schema:
    """Return SCHEMA with its own definitions in place of what refers to them."""
    definitions = schema.pop("$defs", {})

    def inline(value: Any) -> Any:
        if isinstance(value, dict):
            if name := re.fullmatch(r"#/\$defs/(\w+)", str(value.get("$ref", ""))):
                return inline(definitions[name[1]])
            return {key: inline(one) for key, one in value.items()}
        return [inline(one) for one in value] if isinstance(value, list) else value

    inlined: Schema = inline(schema)
    return {"properties": {}, **inlined}


def _schemas() -> Mapping[str, Schema]:
    asked: list[type[BaseModel]] = [*(route.body for route in ROUTES if route.body), *PARAMETERS.values()]
    told: list[type[BaseModel]] = [Problem, *(model for route in ROUTES for model in route.says.values())]
    modes: tuple[tuple[JsonSchemaMode, list[type[BaseModel]]], ...] = (
        ("validation", asked),
        ("serialization", told),
    )
    wanted = [(model, mode) for mode, models in modes for model in models]
    _, found = models_json_schema(wanted, ref_template="#/components/schemas/{model}")
    schemas: dict[str, Schema] = found["$defs"]
    return dict(sorted({**schemas, TaskRequest.__name__: _task_request()}.items()))


def _task_request() -> Schema:
    """Return the body that asks for a run: what `parameters` takes depends on the task."""
    return {"description": TaskRequest.__doc__, "oneOf": [_request_of(name) for name in NAMES]}


def _request_of(name: str) -> Schema:
    task, meant = OLDER_NAMES.get(name, (name, {}))
    parameters = {"type": "object", "maxProperties": 0} if meant else _ref(PARAMETERS[task])
    return {
        "type": "object",
        "title": name,
        "properties": {"task_name": {"const": name}, "parameters": parameters},
        "required": ["task_name"],
        "additionalProperties": False,
    }


if __name__ == "__main__":
    FILE.write_text(text(), encoding="utf-8")
