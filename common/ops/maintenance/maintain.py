"""daily_maintenance: every step in its order, or one alone."""

from collections.abc import Mapping
from dataclasses import dataclass

from common.ops.maintenance import filings, housekeeping
from common.ops.maintenance.filings import Sources
from common.ops.maintenance.parameters import MaintenanceParameters
from common.ops.maintenance.quality import report
from common.ops.maintenance.retention import retain
from common.ops.maintenance.steps import Step, Taken, take
from common.runtime.context import RunContext
from common.settings import Settings


def steps_of(settings: Settings) -> tuple[Step, ...]:
    """Return one run's steps in their order.

    Whoever was sworn in is known before filings are read; what reconciling finds missing is not asked for twice in a
    night; the database counts its rows when all is done.
    """
    sources = Sources(settings)
    return (
        Step("roster", filings.renew_roster),
        Step("retry", sources.retry),
        Step("reconcile", sources.reconcile),
        Step("reread", filings.reread),
        Step("prices", housekeeping.fill_price_gaps),
        Step("queue", housekeeping.repair_queue),
        Step("retention", retain),
        Step("report", report),
        Step("analyze", housekeeping.analyze),
    )


@dataclass(frozen=True, slots=True)
class Maintained:
    """How each step stands."""

    steps: Mapping[str, Taken]


def maintain(ctx: RunContext) -> Maintained:
    """Take every step, or the one asked for. Raises DoneInPart when one failed, after all others had their turn."""
    asked = MaintenanceParameters.model_validate(ctx.params)
    return Maintained(take(ctx, [step for step in steps_of(ctx.settings) if asked.step in {None, step.name}]))
