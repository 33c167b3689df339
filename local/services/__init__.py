"""The real parts, on this laptop: Redis, PostgreSQL and the Firestore emulator, each as a context manager.

They listen on 127.0.0.1 only, and end with this process, however it ends.
"""

from local.services.firestore import Firestore, firestore_emulator
from local.services.folder import held
from local.services.postgres import FAST, Postgres, postgres_server
from local.services.redis import Redis, redis_server

__all__ = [
    "FAST",
    "Firestore",
    "Postgres",
    "Redis",
    "firestore_emulator",
    "held",
    "postgres_server",
    "redis_server",
]
