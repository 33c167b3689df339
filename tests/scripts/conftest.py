"""Where the scripts are tried."""

from pathlib import Path

import pytest

from tests.support.scripts import Bench, set_bench


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return set_bench(tmp_path)
