"""Cloud SQL through Google's connector: TLS, and IAM instead of a password.

Import it only where CLOUD_SQL_INSTANCE is set: it costs 300 ms of a cold start.
"""

import asyncio
import threading
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
    """One Cloud SQL instance (`project:region:name`), found through the admin API at ENDPOINT, Google's by default."""

    def __init__(
        self, instance: str, *, credentials: Credentials | None = None, endpoint: str | None = None
    ) -> None:
        self._instance = instance
        self._credentials = credentials
        self._endpoint = endpoint
        self._connector: Connector | None = None
        # The connector's own connect() waits without limit; on a loop of ours, waiting ends.
        self._loop = asyncio.new_event_loop()
        threading.Thread(target=self._loop.run_forever, name="cloud-sql", daemon=True).start()

    def connect(self, **session: Any) -> Any:
        """Return a pg8000 connection. Raises pg8000's InterfaceError within 7 s when none can be had."""
        attempt = asyncio.run_coroutine_threadsafe(self._connect(session), self._loop)
        try:
            return attempt.result(PATIENCE)
        except AWAY as error:
            attempt.cancel()
            raise InterfaceError(f"cannot connect to Cloud SQL {self._instance}: {error!r}") from error

    def close(self) -> None:
        """Let go of the connector; the next `connect` makes a new one."""
        asyncio.run_coroutine_threadsafe(self._close(), self._loop).result(PATIENCE)

    async def _connect(self, session: dict[str, Any]) -> Any:
        if self._connector is None:
            self._connector = Connector(
                loop=self._loop,
                credentials=self._credentials,
                sqladmin_api_endpoint=self._endpoint,
                enable_iam_auth=True,
                refresh_strategy=RefreshStrategy.LAZY,  # between requests a function has no CPU to refresh with
            )
        return await self._connector.connect_async(self._instance, "pg8000", **session)

    async def _close(self) -> None:
        if self._connector is not None:
            await self._connector.close_async()
            self._connector = None
