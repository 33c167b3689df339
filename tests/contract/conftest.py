"""Parts that several contract suites share."""

from collections.abc import Iterator

import pytest

from common.disclosures.house_client import HouseClient
from local.standins.filings import own_shelf
from local.standins.house import HouseStandin
from local.standins.shelf import OwnShelf
from tests.support.house import CONTACT, QUICK


@pytest.fixture(scope="session")
def shelf() -> OwnShelf:
    """Lend the filings of our own, drawn once."""
    return own_shelf()


@pytest.fixture
def house(shelf: OwnShelf) -> Iterator[HouseStandin]:
    """Lend a stand-in of the House that serves them."""
    with HouseStandin(shelf) as standin:
        yield standin


@pytest.fixture
def client(house: HouseStandin) -> HouseClient:
    """Lend a client of that stand-in that loses its patience soon."""
    return HouseClient(house.url, CONTACT, patience=QUICK)
