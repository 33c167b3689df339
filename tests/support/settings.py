"""Settings for a test, without an environment."""

from typing import Any

from common.settings import Settings


def some_settings(**changes: Any) -> Settings:
    """Return settings whose servers do not answer, whose archive forgets and whose roster is the shipped one, but for CHANGES."""
    nowhere = {
        "database_url": "postgresql+pg8000://nobody@127.0.0.1:9/nothing",
        "redis_url": "redis://127.0.0.1:9/0",
        "contact": "tests@example.org",
        "archive_url": "memory:///",
        "house_url": "http://127.0.0.1:9",
        "senate_url": "http://127.0.0.1:9",
        "roster_url": None,
    }
    return Settings.model_validate(nowhere | changes)
