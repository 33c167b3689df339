"""Work in the background ends whole, whenever it is cancelled."""

import gc
import time
import warnings

from common.download import Requests
from local.services.server import free_port


def test_requests_that_are_cancelled_while_they_connect_leave_no_coroutine_behind() -> None:
    url = f"http://localhost:{free_port()}/"  # two addresses, each tried by a task of its own

    with warnings.catch_warnings(record=True) as left:
        warnings.simplefilter("always")
        for number in range(60):
            with Requests("tests@example.org") as requests:
                for _ in range(4):
                    requests.start(lambda client: client.get(url))
                time.sleep(number % 30 * 0.0003)
        gc.collect()

    assert [str(warning.message) for warning in left] == []
