"""One process's claim to one scope's lock."""

import secrets
from dataclasses import dataclass, field
from datetime import timedelta

from common.runtime.decide import LockState, lock_state, lock_value
from common.runtime.records import Lock


@dataclass(frozen=True, slots=True)
class Lease:
    """The lock of SCOPE, asked for in the name of RUN_ID. Every method raises DependencyDown as Lock does."""

    lock: Lock
    scope: str
    run_id: str
    ttl: timedelta
    process: str = field(default_factory=lambda: secrets.token_hex(8))

    @property
    def value(self) -> str:
        return lock_value(self.run_id, self.process)

    def acquire(self) -> LockState:
        """Take the lock, or say who has it."""
        return lock_state(self.lock.acquire(self.scope, self.value, self.ttl.total_seconds()), self.value)

    def renew(self) -> bool:
        """Extend the lease; False when it is not this process's."""
        return self.lock.renew(self.scope, self.value, self.ttl.total_seconds())

    def is_mine(self) -> bool:
        return self.lock.holder(self.scope) == self.value

    def release(self) -> None:
        """Give the lock back, if it is still this process's."""
        self.lock.release(self.scope, self.value)
