"""Read filings of the House: one JSON document per line, with the field names of the checked truth."""

import json
import re
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import click

from common.disclosures.house_ptr import parse_ptr
from common.disclosures.records import Filing, Trade
from common.errors import NoTextLayer, SourceChanged

STATES = {NoTextLayer: "unread", SourceChanged: "failed"}
"""What becomes of a refused document."""
TRADE_FIELDS = tuple(name for name in Trade.__dataclass_fields__)


def doc_id_of(path: Path) -> str:
    """Return the document id in a file's name: its last run of digits, or the whole stem."""
    digits = re.findall(r"\d+", path.stem)
    return digits[-1] if digits else path.stem


def document_of(path: Path) -> dict[str, Any]:
    """Read PATH; a refused file is a document too, with its `state` and `error`."""
    doc_id = doc_id_of(path)
    try:
        return filing_document(parse_ptr(path.read_bytes(), doc_id=doc_id))
    except (NoTextLayer, SourceChanged) as error:
        return {"doc_id": doc_id, "state": STATES[type(error)], "error": str(error)}


def filing_document(filing: Filing) -> dict[str, Any]:
    """Return FILING as plain data."""
    return {
        "doc_id": filing.doc_id,
        "state": "parsed",
        "filer": {
            "name": filing.filer_name,
            "status": filing.filer_status,
            "state_district": filing.state_district,
        },
        "signed_date": _plain(filing.signed_date),
        "signed_text": filing.signed_text,
        "pages": filing.pages,
        "generation": filing.generation,
        "transactions": [
            {name: _plain(getattr(trade, name)) for name in TRADE_FIELDS} for trade in filing.trades
        ],
    }


def _plain(value: object) -> object:
    match value:
        case date():
            return value.isoformat()
        case Decimal():
            return float(value)
        case Mapping():
            return dict(value)
        case _:
            return value


@click.command()
@click.argument(
    "files", nargs=-1, required=True, type=click.Path(path_type=Path, exists=True, dir_okay=False)
)
@click.option(
    "--into",
    type=click.Path(path_type=Path, file_okay=False),
    help="Write each document to DIRECTORY/<doc_id>.json instead.",
    metavar="DIRECTORY",
)
def parse(files: tuple[Path, ...], into: Path | None) -> None:
    """Read each of FILES and print it as one line of JSON; exit status 1 if any was refused."""
    documents = map(document_of, files)
    states = [_emit(document, into) for document in documents]
    if any(state != "parsed" for state in states):
        raise SystemExit(1)


def _emit(document: dict[str, Any], into: Path | None) -> object:
    line = json.dumps(document, ensure_ascii=False)
    if into is None:
        click.echo(line)
    else:
        into.mkdir(parents=True, exist_ok=True)
        (into / f"{document['doc_id']}.json").write_text(line + "\n", encoding="utf-8")
    return document["state"]


if __name__ == "__main__":
    parse()
