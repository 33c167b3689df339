"""Digests over days, changes of zone and a change of clocks: each piece of news in one of them, in time, 12 h apart."""

from datetime import timedelta

import pytest

from common.alerts.planning import digest
from tests.support.model.digest_world import DigestRules, State
from tests.support.model.explore import explore


def test_no_move_doubles_hastens_or_loses_a_digest() -> None:
    explored = explore(DigestRules(), State())

    assert explored.broken is None, str(explored)
    assert explored.states > 1000


def test_digests_that_follow_a_move_at_once_are_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(digest, "APART", timedelta(0))

    explored = explore(DigestRules(), State())

    assert explored.broken is not None
    assert "within" in explored.broken, str(explored)
