"""Read filings of both chambers: one JSON document per line, with the field names of the checked truth."""

import json
import re
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import click

from common.disclosures.house.ptr import parse_ptr
from common.disclosures.records import Filing, Trade
from common.disclosures.senate.ptr.filings import filing_of
from common.disclosures.senate.ptr.pages import page_of
from common.errors import NoTextLayer, SessionExpired, SourceChanged
from local.parse_senate import facts_of, uuid_of

PAGES = {".html", ".htm"}
"""What files of the Senate's end with; all others are the House's."""
STATES = {NoTextLayer: "unread", SourceChanged: "failed", SessionExpired: "failed"}
"""What becomes of a refused document."""
TRADE_FIELDS = tuple(name for name in Trade.__dataclass_fields__)


def doc_id_of(path: Path) -> str:
    """Return the document id in a file's name: its last run of digits, or the whole stem."""
    digits = re.findall(r"\d+", path.stem)
    return digits[-1] if digits else path.stem


def document_of(path: Path) -> dict[str, Any]:
    """Read PATH; a refused file is a document too, with its `state` and `error`."""
    content = path.read_bytes()
    is_page = path.suffix.lower() in PAGES
    doc_id = uuid_of(path, content) if is_page else doc_id_of(path)
    try:
        return senate_document(content, doc_id) if is_page else house_document(content, doc_id)
    except (NoTextLayer, SourceChanged, SessionExpired) as error:
        chamber = "senate" if is_page else "house"
        return {"doc_id": doc_id, "chamber": chamber, "state": STATES[type(error)], "error": str(error)}


def house_document(pdf: bytes, doc_id: str) -> dict[str, Any]:
    """Return what the report DOC_ID of the House says. Raises what the parser does."""
    return filing_document(parse_ptr(pdf, doc_id=doc_id), "house")


def senate_document(content: bytes, uuid: str) -> dict[str, Any]:
    """Return what the report UUID of the Senate says, its own `rows` included. Raises what the parser does."""
    page = page_of(content, uuid=uuid)
    filing = filing_of(page, doc_id=uuid)
    document, facts = filing_document(filing, "senate"), facts_of(page, filing)
    return {**document, **facts, "filer": document["filer"] | facts["filer"]}


def filing_document(filing: Filing, chamber: str) -> dict[str, Any]:
    """Return FILING of CHAMBER as plain data."""
    return {
        "doc_id": filing.doc_id,
        "chamber": chamber,
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
    parse(prog_name="./dev.sh parse")
