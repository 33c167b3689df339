"""What every stand-in's HTTP server does alike."""

import sys
from http.server import ThreadingHTTPServer


class StandinServer(ThreadingHTTPServer):
    """A server whose askers may be killed in the middle of a request."""

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing when an asker hangs up, as killed ones do; anything else is a fault of the stand-in."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)  # type: ignore[arg-type]  # the stub's own types are private
