"""What an index may lose before it counts as broken."""

import pytest

from common.disclosures.losses import missing_reports
from common.errors import SourceChanged


def many(count: int) -> list[str]:
    return [str(20990000 + number) for number in range(count)]


@pytest.mark.parametrize(("known", "kept"), [(100, 100), (100, 95), (20, 19), (10, 7), (0, 0)])
def test_up_to_one_row_in_twenty_or_three_of_a_young_year_may_go_and_are_named(known: int, kept: int) -> None:
    ids = many(known)

    missing = missing_reports(ids, ids[:kept], index="House index 2025")

    assert missing == tuple(ids[kept:])


@pytest.mark.parametrize(("known", "kept"), [(100, 94), (19, 15), (3, 0)])
def test_an_index_that_lost_more_is_refused_however_many_rows_are_new(known: int, kept: int) -> None:
    ids = many(known + 500)

    with pytest.raises(
        SourceChanged, match=f"House index 2025: lost {known - kept} of {known} known documents"
    ):
        missing_reports(ids[:known], [*ids[:kept], *ids[known:]], index="House index 2025")
