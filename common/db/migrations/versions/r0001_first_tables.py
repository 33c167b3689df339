"""First tables."""

import sqlalchemy as sa
from alembic import op

import common.db.types

revision = "0001"
down_revision = None


def upgrade() -> None:
    _create_baselines()
    _create_checkpoints()
    _create_fences()
    _create_findings()
    _create_index_snapshots()
    _create_members()
    _create_reviews()
    _create_task_runs()
    _create_task_states()
    _create_filers()
    _create_terms()
    _create_filings()
    _create_to_match()
    _create_versions()
    _create_trades()


def _create_baselines() -> None:
    op.create_table(
        "baselines",
        sa.Column("chamber", sa.String(length=6), nullable=False),
        sa.Column("started_at", common.db.types.UtcDateTime(timezone=True), nullable=False),
        sa.Column("completed_at", common.db.types.UtcDateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("chamber", name=op.f("pk_baselines")),
    )


def _create_checkpoints() -> None:
    op.create_table(
        "checkpoints",
        sa.Column("root", sa.String(length=200), nullable=False),
        sa.Column("step", sa.String(length=100), nullable=False),
        sa.Column("state", sa.JSON(), nullable=False),
        sa.Column("updated_at", common.db.types.UtcDateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("root", "step", name=op.f("pk_checkpoints")),
    )


def _create_fences() -> None:
    op.create_table(
        "fences",
        sa.Column("scope", sa.String(length=100), nullable=False),
        sa.Column("token", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("scope", name=op.f("pk_fences")),
    )


def _create_findings() -> None:
    op.create_table(
        "findings",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("rule", sa.String(length=50), nullable=False),
        sa.Column("subject", sa.String(length=200), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("first_seen", common.db.types.UtcDateTime(timezone=True), nullable=False),
        sa.Column("last_seen", common.db.types.UtcDateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_findings")),
        sa.UniqueConstraint("rule", "subject", name=op.f("uq_findings_rule_subject")),
    )


def _create_index_snapshots() -> None:
    op.create_table(
        "index_snapshots",
        sa.Column("chamber", sa.String(length=6), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("rows", sa.Integer(), nullable=False),
        sa.Column("etag", sa.Text(), nullable=True),
        sa.Column("last_modified", sa.Text(), nullable=True),
        sa.Column("fetched_at", common.db.types.UtcDateTime(timezone=True), nullable=False),
        sa.Column("checked_at", common.db.types.UtcDateTime(timezone=True), nullable=False),
        sa.Column("pinned_sha256", sa.String(length=64), nullable=True),
        sa.PrimaryKeyConstraint("chamber", "year", name=op.f("pk_index_snapshots")),
    )


def _create_members() -> None:
    op.create_table(
        "members",
        sa.Column("bioguide", sa.String(length=7), nullable=False),
        sa.Column("official_name", sa.Text(), nullable=False),
        sa.Column("first", sa.Text(), nullable=False),
        sa.Column("last", sa.Text(), nullable=False),
        sa.Column("middle", sa.Text(), nullable=False),
        sa.Column("suffix", sa.Text(), nullable=False),
        sa.Column("nickname", sa.Text(), nullable=False),
        sa.Column("other_names", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("bioguide", name=op.f("pk_members")),
    )


def _create_reviews() -> None:
    op.create_table(
        "reviews",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("kind", sa.String(length=30), nullable=False),
        sa.Column("subject", sa.String(length=200), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("evidence", sa.JSON(), nullable=False),
        sa.Column("opened_at", common.db.types.UtcDateTime(timezone=True), nullable=False),
        sa.Column("closed_at", common.db.types.UtcDateTime(timezone=True), nullable=True),
        sa.Column("decision", sa.JSON(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reviews")),
        sa.UniqueConstraint("kind", "subject", name=op.f("uq_reviews_kind_subject")),
    )


def _create_task_runs() -> None:
    op.create_table(
        "task_runs",
        sa.Column("run_id", sa.String(length=200), nullable=False),
        sa.Column("task", sa.String(length=50), nullable=False),
        sa.Column("status", sa.String(length=20), nullable=False),
        sa.Column("document", sa.JSON(), nullable=False),
        sa.Column("revision", sa.BigInteger(), nullable=False),
        sa.Column("created_at", common.db.types.UtcDateTime(timezone=True), nullable=False),
        sa.Column("expire_at", common.db.types.UtcDateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("run_id", name=op.f("pk_task_runs")),
    )
    op.create_index(op.f("ix_task_runs_task_created_at"), "task_runs", ["task", "created_at"], unique=False)


def _create_task_states() -> None:
    op.create_table(
        "task_states",
        sa.Column("task", sa.String(length=50), nullable=False),
        sa.Column("document", sa.JSON(), nullable=False),
        sa.Column("revision", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("task", name=op.f("pk_task_states")),
    )


def _create_filers() -> None:
    op.create_table(
        "filers",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("chamber", sa.String(length=6), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("state_district", sa.String(length=10), nullable=False),
        sa.Column("bioguide", sa.String(length=7), nullable=True),
        sa.Column("method", sa.Text(), nullable=False),
        sa.Column("decided_at", common.db.types.UtcDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["bioguide"], ["members.bioguide"], name=op.f("fk_filers_bioguide")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_filers")),
        sa.UniqueConstraint(
            "chamber", "name", "state_district", name=op.f("uq_filers_chamber_name_state_district")
        ),
    )


def _create_terms() -> None:
    op.create_table(
        "terms",
        sa.Column("bioguide", sa.String(length=7), nullable=False),
        sa.Column("start", sa.Date(), nullable=False),
        sa.Column("end", sa.Date(), nullable=False),
        sa.Column("chamber", sa.String(length=6), nullable=False),
        sa.Column("state", sa.String(length=2), nullable=False),
        sa.Column("district", sa.Integer(), nullable=True),
        sa.Column("party", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["bioguide"], ["members.bioguide"], name=op.f("fk_terms_bioguide")),
        sa.PrimaryKeyConstraint("bioguide", "start", name=op.f("pk_terms")),
    )


def _create_filings() -> None:
    op.create_table(
        "filings",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("chamber", sa.String(length=6), nullable=False),
        sa.Column("doc_id", sa.String(length=40), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("filed", sa.Date(), nullable=True),
        sa.Column("filer_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("filer_name", sa.Text(), nullable=False),
        sa.Column("state_district", sa.String(length=10), nullable=False),
        sa.Column("listing", sa.JSON(), nullable=False),
        sa.Column("first_seen", common.db.types.UtcDateTime(timezone=True), nullable=False),
        sa.Column("missing_since", common.db.types.UtcDateTime(timezone=True), nullable=True),
        sa.Column("alertable", sa.Boolean(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("transient", sa.Boolean(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("first_failed_at", common.db.types.UtcDateTime(timezone=True), nullable=True),
        sa.Column("next_attempt_at", common.db.types.UtcDateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["filer_id"], ["filers.id"], name=op.f("fk_filings_filer_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_filings")),
        sa.UniqueConstraint("chamber", "doc_id", name=op.f("uq_filings_chamber_doc_id")),
    )
    op.create_index(
        op.f("ix_filings_chamber_year_state"), "filings", ["chamber", "year", "state"], unique=False
    )


def _create_to_match() -> None:
    op.create_table(
        "to_match",
        sa.Column("filing_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["filing_id"], ["filings.id"], name=op.f("fk_to_match_filing_id")),
        sa.PrimaryKeyConstraint("filing_id", "version", name=op.f("pk_to_match")),
    )


def _create_versions() -> None:
    op.create_table(
        "versions",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("filing_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("stored_at", common.db.types.UtcDateTime(timezone=True), nullable=False),
        sa.Column("readable", sa.Boolean(), nullable=False),
        sa.Column("facts", sa.String(length=64), nullable=False),
        sa.Column("bioguide", sa.String(length=7), nullable=True),
        sa.Column("sha256", sa.String(length=64), nullable=True),
        sa.Column("posted", common.db.types.UtcDateTime(timezone=True), nullable=True),
        sa.Column("pages", sa.Integer(), nullable=True),
        sa.Column("generation", sa.String(length=10), nullable=True),
        sa.Column("signed", sa.Date(), nullable=True),
        sa.Column("parser", sa.String(length=20), nullable=True),
        sa.ForeignKeyConstraint(["bioguide"], ["members.bioguide"], name=op.f("fk_versions_bioguide")),
        sa.ForeignKeyConstraint(["filing_id"], ["filings.id"], name=op.f("fk_versions_filing_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_versions")),
        sa.UniqueConstraint("filing_id", "version", name=op.f("uq_versions_filing_id_version")),
    )


def _create_trades() -> None:
    op.create_table(
        "trades",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("version_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("row", sa.Integer(), nullable=False),
        sa.Column("page", sa.Integer(), nullable=False),
        sa.Column("transaction_id", sa.String(length=20), nullable=True),
        sa.Column("owner", sa.String(length=2), nullable=False),
        sa.Column("asset", sa.Text(), nullable=False),
        sa.Column("asset_name", sa.Text(), nullable=False),
        sa.Column("ticker", sa.Text(), nullable=True),
        sa.Column("asset_type", sa.Text(), nullable=True),
        sa.Column("transaction_type", sa.Text(), nullable=False),
        sa.Column("transaction_date", sa.Date(), nullable=True),
        sa.Column("notification_date", sa.Date(), nullable=True),
        sa.Column("amount_text", sa.Text(), nullable=False),
        sa.Column("amount_min", sa.BigInteger(), nullable=True),
        sa.Column("amount_max", sa.BigInteger(), nullable=True),
        sa.Column("amount_exact", common.db.types.ExactDecimal(precision=18, scale=2), nullable=True),
        sa.Column("cap_gains_over_200", sa.Boolean(), nullable=True),
        sa.Column("filing_status", sa.Text(), nullable=True),
        sa.Column("subholding_of", sa.Text(), nullable=True),
        sa.Column("description", sa.Text(), nullable=True),
        sa.Column("location", sa.Text(), nullable=True),
        sa.Column("comments", sa.Text(), nullable=True),
        sa.Column("raw", sa.JSON(), nullable=False),
        sa.Column("quarantine", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["version_id"], ["versions.id"], name=op.f("fk_trades_version_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_trades")),
        sa.UniqueConstraint("version_id", "row", name=op.f("uq_trades_version_id_row")),
    )
    op.create_index(op.f("ix_trades_ticker"), "trades", ["ticker"], unique=False)
