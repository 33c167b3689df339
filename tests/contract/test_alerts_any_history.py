"""Whatever happens, and whoever is killed meanwhile: everybody is told what they asked for, once, and as it stands."""

import shutil
from collections.abc import Callable
from pathlib import Path
from random import Random

import pytest

from common.alerts import explain
from common.alerts.planning import plan
from common.alerts.sending import claims, tell
from tests.support.alerts import GREENE
from tests.support.any_history import a_history, play
from tests.support.chronicle import Op

pytestmark = pytest.mark.no_cover  # the same lines over and over

Play = Callable[[list[Op]], None]
SMALL: list[Op] = [
    ("follow", 0, "immediate", {"members": [GREENE]}),
    ("file", 0, GREENE, ((0, "", 1001, "New", False),)),
    ("notify",),
    ("file", 0, GREENE, ((0, "SP", 1001, "New", False),)),
]


@pytest.fixture
def played(sqlite_template: Path, tmp_path: Path, redis_url: str) -> Play:
    """Lend what plays a history."""
    template = Path(shutil.copy(sqlite_template, tmp_path / "template.db"))
    return lambda history: play(history, template, redis_url)


@pytest.mark.parametrize("seed", range(6))
def test_any_history_tells_everybody_what_they_asked_for_once_and_as_it_stands(
    played: Play, seed: int
) -> None:
    played(a_history(Random(seed)))


def test_a_change_that_nobody_is_told_of_is_found(played: Play, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plan, "draft_again", lambda *_: None)

    with pytest.raises(AssertionError, match="was never told"):
        played(SMALL)


def test_a_trade_that_is_told_as_new_twice_is_found(played: Play, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tell, "heard_before", lambda *_: {})
    again: Op = ("file", 0, GREENE, ((0, "", 1001, "New", False), (1, "", 1001, "New", False)))

    with pytest.raises(AssertionError, match="is told as new again"):
        played([*SMALL[:3], again])


def test_a_killed_sender_that_forgets_what_it_told_is_found(
    played: Play, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(claims, "_keep_told", lambda *_: None)

    with pytest.raises(KeyError):
        played(SMALL)


def test_an_explanation_that_is_not_true_is_found(played: Play, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(explain, "_notice", lambda *_: None)
    monkeypatch.setattr(explain, "matches", lambda *_: False)

    with pytest.raises(AssertionError, match="no rule matched"):
        played(SMALL)


def test_a_row_that_its_amendment_lets_go_is_told_when_that_mail_is_sent_again(played: Play) -> None:
    told, small, big = (1, "", 15001, "New", False), 1001, 15001
    played(
        [
            ("follow", 0, "immediate", {"tickers": ["NVDA"]}),
            ("file", 0, GREENE, (told, (0, "SP", big, "New", False))),
            ("notify",),
            ("file", 2, GREENE, ((0, "", big, "Amended", False), (1, "", small, "Amended", False))),
            ("notify",),
            ("file", 2, GREENE, ((0, "", small, "Amended", False), (1, "", big, "Amended", False))),
            ("wait", 600),
            ("notify", "busy"),
        ]
    )
