"""What DNS says of a domain that mail comes from."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import dns.resolver
from dns.exception import DNSException

from common.errors import DependencyDown

PATIENCE = 5.0  # seconds for one question, retries included


@dataclass(frozen=True, slots=True)
class Names:
    """Asks DNS. Raises DependencyDown where no server answers; a name that does not exist has nothing."""

    resolver: dns.resolver.Resolver

    def texts(self, name: str) -> list[str]:
        """Return NAME's TXT records, the strings of each joined as RFC 7208 says; CNAMEs are followed."""
        records = [b"".join(record.strings) for record in self._records(name, "TXT")]
        return [record.decode("ascii", "replace") for record in records]

    def target(self, name: str) -> str | None:
        """Return what NAME's CNAME points to, without the last dot."""
        found = [str(record.target).rstrip(".").lower() for record in self._records(name, "CNAME")]
        return found[0] if found else None

    def takes_mail(self, name: str) -> bool:
        """Whether NAME has an MX record, or an address that stands for one."""
        return any(self._records(name, kind) for kind in ("MX", "A", "AAAA"))

    def _records(self, name: str, kind: str) -> Sequence[Any]:
        try:
            answer = self.resolver.resolve(name, kind, raise_on_no_answer=False, lifetime=PATIENCE)
        except dns.resolver.NXDOMAIN:
            return ()
        except DNSException as error:
            raise DependencyDown("dns", f"{kind} of {name}: {type(error).__name__}") from error
        return list(answer.rrset or ())


def names(server: str | None = None) -> Names:
    """Return DNS as this machine asks it, or as SERVER (`host:port`) answers."""
    if server is None:
        return Names(dns.resolver.Resolver())
    host, _, port = server.rpartition(":")
    resolver = dns.resolver.Resolver(configure=False)
    resolver.nameservers, resolver.port = [host], int(port)
    return Names(resolver)
