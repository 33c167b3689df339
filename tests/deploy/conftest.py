"""Trees in which deploy.sh runs against a recording gcloud."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from common.errors import NotConfigured
from tests.conftest import absent
from tests.support.deploying import First, Tree, deployed, plant, shrink
from tests.support.gcloud import sdk
from tests.support.gcloud.call import Call
from tests.support.gcloud.cloud import Answer
from tests.support.gcloud.recorder import Recorder, recording
from tests.support.remembered import Remembered


def _at_once(_: Call) -> Answer:
    return Answer()


@pytest.fixture(scope="session")
def recorder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Recorder]:
    """Lend a gcloud that records, a Python that remembers, and a sleep that does not wait."""
    try:
        sdk.sdk_folder()
    except NotConfigured as reason:
        absent(str(reason))
    with recording(tmp_path_factory.mktemp("recorder"), remembered=Remembered(), sleep=_at_once) as recorder:
        yield recorder


@pytest.fixture(scope="session")
def build(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Name the folder of bundles that all trees share."""
    return tmp_path_factory.mktemp("bundles") / "build"


@pytest.fixture(scope="session")
def first(tmp_path_factory: pytest.TempPathFactory, recorder: Recorder, build: Path) -> First:
    """Deploy the whole registry for the first time, once for all tests that only look."""
    return deployed(plant(tmp_path_factory.mktemp("first") / "tree", recorder, build=build))


@pytest.fixture(scope="session")
def first_small(tmp_path_factory: pytest.TempPathFactory, recorder: Recorder, build: Path) -> First:
    """Deploy a registry of one task and one service for the first time."""
    tree = plant(tmp_path_factory.mktemp("first") / "tree", recorder, build=build)
    shrink(tree)
    return deployed(tree)


@pytest.fixture
def tree(tmp_path: Path, recorder: Recorder, build: Path) -> Tree:
    """Lend a tree for an empty project, in which nothing was deployed."""
    return plant(tmp_path / "tree", recorder, build=build)


@pytest.fixture
def small(tree: Tree) -> Tree:
    """Lend such a tree whose registry holds one task and one service."""
    shrink(tree)
    return tree


@pytest.fixture
def again(small: Tree, first_small: First) -> Tree:
    """Lend a small tree for the project in which it was deployed before."""
    small.recorder.project = first_small.project()
    return small
