"""Which stored row restates which earlier one (common/disclosures/amendments). Same metadata as common/db/tables.py.

A function of what is stored, kept so that matching need not decide it again. A row of a version that was replaced keeps
its link, for the mails that told it.
"""

from sqlalchemy import Boolean, Column, Date, ForeignKey, Index, String, Table

from tests.deploy.released.tables import metadata, trades, versions

restatements = Table(
    "restatements",
    metadata,
    Column("trade_id", ForeignKey(trades.c.id), primary_key=True),  # the row that amends or deletes
    Column("version_id", ForeignKey(versions.c.id), nullable=False),  # its version
    Column("original_id", ForeignKey(trades.c.id), nullable=False),
    Column("method", String(10), nullable=False),  # id | facts | operator
    Column("first_filed", Date),  # when the chain's first row was filed; NULL = that is not in our records
    Column("stands", Boolean, nullable=False),  # False: its version was replaced
    Index(None, "version_id"),
    Index(None, "original_id"),
)
