"""Keeps every document that was fetched, once, by its sha256: provenance outlives the source, and reading again asks nobody.

An object lies at `documents/ab/cd/<sha256>`, in a folder or in a bucket; nothing that its source says makes a name or a
content type. Strangers wrote what lies here: it is never served inline with a content type of its own, only as a file to
keep, with `serving_headers`.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import date, timedelta
from enum import StrEnum
from hashlib import sha256
from typing import TYPE_CHECKING, Self

import obstore
from obstore.exceptions import AlreadyExistsError, BaseError
from obstore.store import from_url

from common.errors import DependencyDown, DocumentDamaged, DocumentNotKept, DocumentTooLarge, NotConfigured
from common.settings import Settings

if TYPE_CHECKING:
    from obstore.store import ClientConfig, ObjectStore, RetryConfig


class Kind(StrEnum):
    """What a document is; only how large it may be depends on it."""

    INDEX = "index"
    REPORT = "report"
    SEARCH = "search answer"
    PAGE = "page"


MOST_BYTES = {Kind.INDEX: 1_000_000, Kind.REPORT: 20_000_000, Kind.SEARCH: 5_000_000, Kind.PAGE: 5_000_000}
"""The clients that fetch them stop reading there, or earlier."""

SHA256 = re.compile(r"[0-9a-f]{64}")
CLIENT: "ClientConfig" = {"connect_timeout": "3s", "timeout": "8s"}
RETRY: "RetryConfig" = {"max_retries": 2, "retry_timeout": timedelta(seconds=8)}
"""A bucket that does not answer is said to be down within 10 s; by default that takes 3 minutes."""


class Archive:
    """Documents by their sha256. Every method raises DependencyDown("archive") when the store does not answer."""

    def __init__(self, store: "ObjectStore") -> None:
        self._store = store

    @classmethod
    def at(cls, settings: Settings) -> Self:
        """Return the archive at ARCHIVE_URL, by default a folder in DATA_DIR.

        Raises NotConfigured for an address that names no store, and for the default in the cloud, where a folder is
        memory and gone with the process.
        """
        if settings.k_revision:
            settings.need("archive_url")
        return cls(_store_at(settings.archive_url or (settings.data_dir / "archive").absolute().as_uri()))

    def put(self, kind: Kind, data: bytes) -> str:
        """Keep DATA whole and return its sha256; what is kept already is written again only where it is damaged.

        Raises DocumentTooLarge, which leaves everything as it was.
        """
        if len(data) > MOST_BYTES[kind]:
            raise DocumentTooLarge(f"{kind} of {len(data)} bytes, more than {MOST_BYTES[kind]}; not archived")
        name = sha256(data).hexdigest()
        with _answering("keep a document"):
            try:
                obstore.put(self._store, _path(name), data, mode="create")
            except AlreadyExistsError:
                if self._read(name) != data:  # a local folder may lose the last bytes in a power cut
                    obstore.put(self._store, _path(name), data, mode="overwrite", use_multipart=False)
        return name

    def get(self, name: str) -> bytes:
        """Return the document whose sha256 is NAME. Raises DocumentNotKept, or DocumentDamaged if its bytes changed."""
        with _answering("lend a document"):
            data = self._read(name)
        if sha256(data).hexdigest() != name:
            raise DocumentDamaged(f"the archive's {name} is damaged: {len(data)} bytes with another sha256")
        return data

    def holds(self, name: str) -> bool:
        """Whether there is an object of this NAME; `get` tells whether it is whole."""
        with _answering("tell what it holds"):
            try:
                obstore.head(self._store, _path(name))
            except FileNotFoundError:
                return False
        return True

    def leave_mark(self, day: date) -> None:
        """Keep the mark of DAY, as a document is kept, and read it back; so that a look at it proves both, and leaves one a day.

        Raises DocumentDamaged where something else is read.
        """
        with _answering("keep a mark"), suppress(AlreadyExistsError):
            obstore.put(self._store, _mark(day), _marked(day), mode="create")
        if not self.has_mark(day):
            raise DocumentDamaged(f"the archive does not hold the mark of {day} that it took")

    def has_mark(self, day: date) -> bool:
        """Whether the mark of DAY was left. Raises DocumentDamaged where something else is read."""
        with _answering("lend a mark"):
            try:
                found = bytes(obstore.get(self._store, _mark(day)).bytes())
            except FileNotFoundError:
                return False
        if found != _marked(day):
            raise DocumentDamaged(f"the archive's mark of {day} is damaged: {len(found)} bytes")
        return True

    def _read(self, name: str) -> bytes:
        try:
            return bytes(obstore.get(self._store, _path(name)).bytes())
        except FileNotFoundError as error:
            raise DocumentNotKept(f"the archive holds no {name}") from error


def _store_at(url: str) -> "ObjectStore":
    try:
        if url.startswith("file:"):
            return from_url(url, mkdir=True)
        return from_url(url, client_options=CLIENT, retry_config=RETRY)
    except OSError as error:
        raise DependencyDown("archive", f"{url} cannot be made: {error}") from error
    except (BaseError, ValueError) as error:
        raise NotConfigured(f"set ARCHIVE_URL to gs://bucket/folder or file:///folder: {error}") from error


def serving_headers() -> dict[str, str]:
    """Return the headers with which an archived document is handed out: a file to keep, that no browser opens as a page."""
    return {
        "Content-Type": "application/octet-stream",
        "Content-Disposition": "attachment",
        "X-Content-Type-Options": "nosniff",
    }


def _path(name: str) -> str:
    if not SHA256.fullmatch(name):
        raise DocumentNotKept(f"{name!r} is no sha256")
    return f"documents/{name[:2]}/{name[2:4]}/{name}"


def _mark(day: date) -> str:
    return f"marks/{day}"


def _marked(day: date) -> bytes:
    return f"kept on {day}\n".encode()


@contextmanager
def _answering(question: str) -> Iterator[None]:
    """Raise DependencyDown("archive") where the block fails because the store does not answer, or refuses us."""
    try:
        yield
    except (BaseError, OSError) as error:
        said = str(error).partition("\n\n")[0]  # then follows a dump of the library's own
        raise DependencyDown("archive", f"it did not {question}: {said}") from error
