"""How a letter names the filer, on every database."""

import pytest
from sqlalchemy import Engine

from tests.support.alerts import WARREN, Watch
from tests.support.letters import tell


@pytest.fixture
def watch(engine: Engine) -> Watch:
    return Watch(engine)


def test_a_senator_has_no_district(watch: Watch) -> None:
    watch.rule(watch.subscriber(), chamber="senate")
    watch.file(by=WARREN, chamber="senate", state_district="")

    assert tell(watch).mail.subject.startswith("Warren (D-MA) bought NVDA")


def test_a_member_at_large_has_no_number(watch: Watch) -> None:
    watch.rule(watch.subscriber(), chamber="house")
    watch.file(by=None, state_district="AK00")

    assert "AK at large" in tell(watch).mail.text


def test_a_filer_whose_source_prints_no_name_holds_up_no_mail(watch: Watch) -> None:
    watch.rule(watch.subscriber(), chamber="house")
    watch.file(by=None, filer_name="")

    assert "NVDA" in tell(watch).mail.subject
