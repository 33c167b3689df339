"""The downloaded filings, stored by a sync that knows nobody yet."""

from collections.abc import Iterator
from pathlib import Path

from sqlalchemy import func, select

from common.db import tables as t
from common.db.engine import read_transaction
from common.disclosures.house.index import is_ptr, parse_index
from local.demo.scenes import CORPUS_EDITIONS, CORPUS_YEARS
from local.standins.shelf import CorpusShelf, Entry, OwnShelf
from tests.support.syncing import syncing


def served(corpus: Path) -> Iterator[Entry]:
    """Yield each row of the real indexes whose document was downloaded; the others would be a thousand answers of 404."""
    shelf = CorpusShelf(corpus, CORPUS_EDITIONS)
    for year in CORPUS_YEARS:
        index = shelf.index(year)
        assert index is not None
        for row in filter(is_ptr, parse_index(index.body, year=year)):
            if document := shelf.document(year, row.doc_id):
                yield Entry(row, document.body)


def test_every_downloaded_filing_is_stored_with_its_trades(
    corpus: Path, sqlite_url: str, redis_url: str
) -> None:
    filings = len(list((corpus / "pdf").glob("*.pdf")))
    with syncing(sqlite_url, redis_url) as sync:
        sync.house.shelf = OwnShelf(tuple(served(corpus)))

        answer = sync.baseline(years=CORPUS_YEARS)

        with read_transaction(sync.engine) as connection:
            read = connection.scalar(select(func.count()).where(t.filings.c.state == "parsed"))
            with_trades = connection.scalar(select(func.count(t.trades.c.version_id.distinct())))
    assert answer.body["counts"]["house"]["parsed"] == filings
    assert read == with_trades == filings
