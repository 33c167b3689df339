"""What an index no longer lists: a few rows are findings, more of them a broken index; pure."""

from collections.abc import Collection

from common.errors import SourceChanged

MOST_LOSS = 0.05  # of the reports already known: more is a broken index, less are findings
FEW = (
    3  # lost reports that are findings even where they are more than that: a young year's index has few rows
)


def missing_reports(known: Collection[str], listed: Collection[str], *, index: str) -> tuple[str, ...]:
    """Return the KNOWN document ids that are not LISTED any more, sorted; INDEX names the index in errors.

    Raises SourceChanged when more than 5 % of them are gone, a few of a young year excepted, or all of them: then the
    index is broken, not the documents.
    """
    missing = set(known) - set(listed)
    if len(missing) > max(FEW, MOST_LOSS * len(known)) or 0 < len(known) == len(missing):
        some = ", ".join(sorted(missing)[:5])
        raise SourceChanged(
            f"{index}: lost {len(missing)} of {len(known)} known documents ({some} ...); "
            "nothing of it was used, the next sync asks again"
        )
    return tuple(sorted(missing))
