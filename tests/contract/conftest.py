"""Parts that several contract suites share."""

import secrets
from collections.abc import Iterator

import pytest
from google.cloud import firestore

from common.db.engine import make_engine
from common.disclosures.house.client import HouseClient
from common.disclosures.senate.client import SenateClient
from common.runtime.records import History
from local.standins.filings import own_shelf
from local.standins.house import HouseStandin
from local.standins.senate import SenateStandin
from local.standins.shelf import OwnShelf
from tests.support.histories import NOW, FirestoreStore, SqlStore, Store
from tests.support.house import CONTACT, QUICK
from tests.support.senate import PAPER, REPORT, asking
from tests.support.settings import some_settings


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


@pytest.fixture
def senate() -> Iterator[SenateStandin]:
    """Lend a stand-in of the Senate that serves one electronic report and one on paper."""
    with SenateStandin([REPORT, PAPER]) as standin:
        yield standin


@pytest.fixture
def senate_client(senate: SenateStandin) -> Iterator[SenateClient]:
    """Lend a client of that stand-in that loses its patience soon."""
    with asking(senate) as client:
        yield client


@pytest.fixture(params=["sqlite", "postgresql", "firestore"])
def store(request: pytest.FixtureRequest) -> Iterator[Store]:
    if request.param == "firestore":
        host = request.getfixturevalue("firestore_emulator").host
        request.getfixturevalue("monkeypatch").setenv("FIRESTORE_EMULATOR_HOST", host)
        yield FirestoreStore(firestore.Client(project=f"test-{secrets.token_hex(4)}"))
        return
    engine = make_engine(some_settings(database_url=request.getfixturevalue(f"{request.param}_url")))
    yield SqlStore(engine)
    engine.dispose()


@pytest.fixture
def history(store: Store) -> History:
    return store.history(lambda: NOW)
