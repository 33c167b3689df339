"""Cloud SQL through Google's connector: TLS, and IAM instead of a password.

Import it only where CLOUD_SQL_INSTANCE is set: it costs 620 ms of a cold start.
"""

import asyncio
import threading
from functools import cached_property
from typing import Any

from aiohttp import ClientError
from google.auth.credentials import Credentials
from google.auth.exceptions import GoogleAuthError
from google.cloud.sql.connector import Connector, RefreshStrategy
from google.cloud.sql.connector.exceptions import CloudSQLConnectionError, CloudSQLIPTypeError
from pg8000.dbapi import InterfaceError

PATIENCE = 7.0  # seconds for certificate, address and greeting together
AWAY = (ClientError, CloudSQLConnectionError, CloudSQLIPTypeError, GoogleAuthError, OSError)


class CloudSql:
    """One Cloud SQL instance (`project:region:name`), reached through ENDPOINT, Google's own by default."""

    def __init__(
        self, instance: str, *, credentials: Credentials | None = None, endpoint: str | None = None
    ) -> None:
        self._instance = instance
        self._credentials = credentials
        self._endpoint = endpoint

    def connect(self, **session: Any) -> Any:
        """Return a pg8000 connection. Raises pg8000's InterfaceError within 7 s when none can be had."""
        try:
            attempt = self._connector.connect_async(self._instance, "pg8000", **session)
            return asyncio.run_coroutine_threadsafe(attempt, self._loop).result(PATIENCE)
        except AWAY as error:
            raise InterfaceError(f"network error: Cloud SQL {self._instance}: {error!r}") from error

    @cached_property
    def _loop(self) -> asyncio.AbstractEventLoop:
        """The connector's loop, ours so that waiting for it can end: the connector itself waits without limit."""
        loop = asyncio.new_event_loop()
        threading.Thread(target=loop.run_forever, name="cloud-sql", daemon=True).start()
        return loop

    @cached_property
    def _connector(self) -> Connector:
        return Connector(
            loop=self._loop,
            credentials=self._credentials,
            sqladmin_api_endpoint=self._endpoint,
            enable_iam_auth=True,
            refresh_strategy=RefreshStrategy.LAZY,  # between requests a function has no CPU to refresh with
        )
