"""How often somebody may ask for a mail: counted in Redis, for all instances."""

import pytest

from common.web.rate_limit import RateLimiter, visitor
from tests.support.web import ASKED, KYLE, Web


def test_one_visitor_may_ask_twenty_times_an_hour(web: Web) -> None:
    for number in range(20):
        assert web.post("/subscribe", ASKED | {"address": f"a{number}@example.org"}).status == 303

    refused = web.post("/subscribe", ASKED)
    elsewhere = web.post("/subscribe", ASKED, headers={"X-Forwarded-For": "203.0.113.9, 198.51.100.7"})

    assert (refused.status, refused.heading) == (429, "That was a little too often")
    assert 3500 < int(refused.headers["Retry-After"]) <= 3600
    assert elsewhere.status == 303
    assert len(web.outbox.sent) == 21


def test_one_address_is_asked_three_times_a_day_whoever_asks(web: Web) -> None:
    replies = [
        web.post("/subscribe", ASKED | {"address": KYLE.upper()}, headers={"X-Forwarded-For": f"192.0.2.{n}"})
        for n in range(4)
    ]

    assert [reply.status for reply in replies] == [303, 303, 303, 429]
    assert len(web.outbox.sent) == 3


def test_what_was_refused_is_not_counted(web: Web) -> None:
    for _ in range(5):
        web.post("/subscribe", ASKED)

    other = web.post("/subscribe", ASKED | {"address": "new@example.org"})

    assert other.status == 303


def test_what_a_visitor_says_of_their_own_address_does_not_help(web: Web) -> None:
    for number in range(20):
        form = ASKED | {"address": f"a{number}@example.org"}
        web.post("/subscribe", form, headers={"X-Forwarded-For": f"192.0.2.{number}, 198.51.100.7"})

    refused = web.post("/subscribe", ASKED, headers={"X-Forwarded-For": "192.0.2.99, 198.51.100.7"})

    assert refused.status == 429


def test_the_addresses_of_one_line_are_one_visitor(web: Web) -> None:
    def ask(client: str) -> int:
        form = ASKED | {"address": f"a{len(web.outbox.sent)}@example.org"}
        return web.post("/subscribe", form, headers={"X-Forwarded-For": client}).status

    replies = [ask(f"2001:db8::{number:x}") for number in range(21)]

    assert replies == [303] * 20 + [429]
    assert ask("2001:db8:0:1::1") == 303


@pytest.mark.parametrize("client", ["192.0.2.1", "::ffff:192.0.2.1", "unknown"])
def test_what_is_no_address_of_ipv6_counts_by_itself(client: str) -> None:
    assert visitor(client) == client


def test_without_redis_nobody_is_asked(web: Web) -> None:
    down = RateLimiter("redis://127.0.0.1:9/0")
    web.change(limiter=down)

    page = web.post("/subscribe", ASKED)

    assert (page.status, page.heading) == (503, "We cannot do that right now")
    assert web.outbox.sent == []
    assert web.get("/").status == 200
