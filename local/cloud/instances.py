"""The instances of one function: started when a request finds none free, ended when none came for a while."""

import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from threading import Condition
from typing import Protocol, Self


class Running(Protocol):
    """An instance that answers."""

    @property
    def url(self) -> str:
        """Where it does."""
        ...


Start = Callable[[int], AbstractContextManager[Running]]
"""Starts an instance, given its number, which no other of the function has; leaving it ends it."""


@dataclass(eq=False)
class _Instance:
    number: int
    process: AbstractContextManager[Running]
    url: str
    requests: int = 0
    """At work on so many."""
    idle_since: float = field(default_factory=time.monotonic)


class Instances:
    """At most MOST instances, each at work on at most CONCURRENCY requests at once; whoever finds all busy waits.

    Leave the context, and none is left. `started` counts all that there ever were.
    """

    def __init__(self, start: Start, *, concurrency: int, most: int) -> None:
        self.started = 0
        self._start = start
        self._concurrency = concurrency
        self._most = most
        self._instances: list[_Instance] = []
        self._starting = set[int]()
        self._changed = Condition()
        self._is_left = False

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        with self._changed:
            self._is_left = True
            self._changed.notify_all()
            self._changed.wait_for(lambda: not self._starting)
        self._end(lambda _: True)

    @property
    def running(self) -> int:
        """How many there are now."""
        return len(self._instances)

    @contextmanager
    def lent(self) -> Iterator[str]:
        """Lend the URL of an instance for one request. Raises NotConfigured when none can be started.

        An instance that breaks off in the middle is ended: the next request starts another.
        """
        instance = self._taken()
        try:
            yield instance.url
        except OSError:
            self._end(lambda one: one is instance)
            raise
        finally:
            with self._changed:
                instance.requests -= 1
                instance.idle_since = time.monotonic()
                self._changed.notify()

    def end_idle(self, seconds: float) -> int:
        """End those that had no request for so many SECONDS; return how many."""
        limit = time.monotonic() - seconds
        return self._end(lambda one: not one.requests and one.idle_since <= limit)

    def _taken(self) -> _Instance:
        with self._changed:
            self._changed.wait_for(lambda: self._is_left or self._free() or self._may_start())
            if self._is_left:
                raise ConnectionAbortedError("everything is being ended")
            if instance := self._free():
                instance.requests += 1
                return instance
            number = self._next_number()
            self._starting.add(number)
        return self._new(number)

    def _new(self, number: int) -> _Instance:
        made: list[_Instance] = []
        try:
            process = self._start(number)
            made.append(_Instance(number, process, process.__enter__().url, requests=1))
        finally:
            with self._changed:
                self._starting.remove(number)
                self._instances += made
                self.started += len(made)
                self._changed.notify_all()
        return made[0]

    def _end(self, chosen: Callable[[_Instance], bool]) -> int:
        with self._changed:
            ended = [one for one in self._instances if chosen(one)]
            self._instances = [one for one in self._instances if one not in ended]
        for instance in ended:
            instance.process.__exit__(None, None, None)
        return len(ended)

    def _free(self) -> _Instance | None:
        return next((one for one in self._instances if one.requests < self._concurrency), None)

    def _may_start(self) -> bool:
        return len(self._instances) + len(self._starting) < self._most

    def _next_number(self) -> int:
        taken = self._starting.union(one.number for one in self._instances)
        return next(number for number in range(1, self._most + 1) if number not in taken)
