"""A DNS server on this machine, over UDP and TCP, that knows what it is told and follows its own CNAMEs."""

import socketserver
import struct
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from threading import Thread
from typing import Self

import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rdatatype
import dns.rrset

LARGEST = 512  # bytes of a UDP answer; a longer one is asked for again over TCP
LIFETIME = 60


@dataclass
class DnsStandin:
    """Serves ZONE, name -> kind -> values as a zone file writes them; while it is SILENT, nobody is answered."""

    zone: Mapping[str, Mapping[str, Iterable[str]]]
    silent: bool = False
    asked: list[str] = field(default_factory=list)

    def __enter__(self) -> Self:
        """Begin to serve, on one port for UDP and TCP."""
        tcp = _Tcp(("127.0.0.1", 0), _OverTcp)
        self.address = f"127.0.0.1:{tcp.server_address[1]}"
        self._servers = (tcp, _Udp(("127.0.0.1", tcp.server_address[1]), _OverUdp))
        for server in self._servers:
            server.standin = self
        self._threads = [Thread(target=server.serve_forever, args=(0.02,)) for server in self._servers]
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Stop serving."""
        for server in self._servers:
            server.shutdown()
            server.server_close()
        for thread in self._threads:
            thread.join()

    def answer(self, wire: bytes) -> dns.message.Message:
        """Return what is said to the question in WIRE."""
        query = dns.message.from_wire(wire)
        (question,) = query.question
        self.asked.append(f"{dns.rdatatype.to_text(question.rdtype)} {question.name}")
        reply = dns.message.make_response(query)
        reply.flags |= dns.flags.RA
        reply.answer = self._found(question.name, dns.rdatatype.to_text(question.rdtype))
        if not reply.answer and not self._records(question.name):
            reply.set_rcode(dns.rcode.NXDOMAIN)
        return reply

    def _records(self, name: dns.name.Name) -> Mapping[str, Iterable[str]]:
        return self.zone.get(name.to_text(omit_final_dot=True).lower(), {})

    def _found(self, name: dns.name.Name, kind: str) -> list[dns.rrset.RRset]:
        records = self._records(name)
        if kind in records:
            return [dns.rrset.from_text(name, LIFETIME, "IN", kind, *records[kind])]
        if "CNAME" not in records:
            return []
        alias = dns.rrset.from_text(name, LIFETIME, "IN", "CNAME", *records["CNAME"])
        return [alias, *self._found(alias[0].target, kind)]


class _Udp(socketserver.ThreadingUDPServer):
    standin: DnsStandin


class _Tcp(socketserver.ThreadingTCPServer):
    standin: DnsStandin


class _OverUdp(socketserver.BaseRequestHandler):
    server: _Udp

    def handle(self) -> None:
        question, socket = self.request
        reply = self.server.standin.answer(question)
        if self.server.standin.silent:
            return
        if len(reply.to_wire()) > LARGEST:
            reply.answer.clear()
            reply.flags |= dns.flags.TC
        socket.sendto(reply.to_wire(), self.client_address)


class _OverTcp(socketserver.StreamRequestHandler):
    server: _Tcp

    def handle(self) -> None:
        (length,) = struct.unpack("!H", self.rfile.read(2))
        reply = self.server.standin.answer(self.rfile.read(length))
        if not self.server.standin.silent:
            wire = reply.to_wire()
            self.wfile.write(struct.pack("!H", len(wire)) + wire)
