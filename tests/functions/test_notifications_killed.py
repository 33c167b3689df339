"""The sender is killed when the provider has the mail and nobody has noted it (product, scenario 3)."""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import replace
from functools import partial
from pathlib import Path

import httpx

from common.alerts.sending.ledger import LEASE
from common.clock import utc_now
from common.db.alert_tables import messages
from common.mail.events import Verifier
from common.runtime.lock import RedisLock
from common.tasks import NOTIFICATIONS
from common.web.app import answer
from common.web.site import site_of
from local.functions import Function, serve
from local.standins.sendgrid import slow
from local.standins.sendgrid_events import EventWebhook, event_of
from tests.support.office import GREENE, GREENE_FILES, SENDING, Office, an_office
from tests.support.served import served
from tests.support.settings import some_settings
from tests.support.syncing import FIRST, OLD

NOBODY = "http://127.0.0.1:9"  # so that the mail is left to the process that is to be killed


def kill_after_acceptance(office: Office, given: dict[str, str], folder: Path) -> None:
    """Let notifications send in a process of its own, and kill that before it hears the provider's yes."""
    office.provider.arm(slow(10))
    environment = {name.upper(): value for name, value in given.items()}
    with serve(NOTIFICATIONS.name, environment, folder) as function, ThreadPoolExecutor(1) as asking:
        asking.submit(ask_until_killed, function)
        while not office.provider.taken:
            time.sleep(0.005)
        function.server.kill()


def ask_until_killed(function: Function) -> None:
    with suppress(httpx.HTTPError):
        function.ask({})


def let_leases_end(office: Office, redis_url: str) -> None:
    """Let the time pass in which the dead process might have lived: that of its lock, and that of its send."""
    lock = RedisLock.at(redis_url)
    lock.release(NOTIFICATIONS.name, lock.holder(NOTIFICATIONS.name) or "")
    lock._client.close()
    office.sync.now = utc_now() + LEASE


@contextmanager
def webhook(office: Office, given: dict[str, str]) -> Iterator[EventWebhook]:
    """Serve the web function; lend what the provider tells it through."""
    site = site_of(some_settings(**given), lambda: office.sync.now, lambda _line: None)
    with served(partial(answer, site=lambda: site)) as port:
        events = EventWebhook(f"http://127.0.0.1:{port}/events/sendgrid")
        site = replace(site, verifier=Verifier(events.public_key))
        yield events
    site.limiter.close()
    site.engine.dispose()


def statuses(office: Office) -> list[str]:
    return [message.status for message in office.sync.rows(messages)]


def test_the_process_is_killed_right_after_the_provider_accepted_no_second_mail_and_the_ledger_settles(
    peopled_url: str, redis_url: str, tmp_path: Path
) -> None:
    with an_office(peopled_url, redis_url, dispatch_url=NOBODY) as office:
        urls = {"database_url": peopled_url, "redis_url": redis_url, "sendgrid_url": office.provider.url}
        given = {**SENDING, **urls, "contact": "tests@example.org"}
        office.follow("kyle@example.org", "Greene", members=[GREENE])
        office.sync.serve(OLD, FIRST, GREENE_FILES)
        office.sync.tick()

        kill_after_acceptance(office, given, tmp_path)
        when_killed = statuses(office)
        let_leases_end(office, redis_url)
        next_run = office.notify()
        in_doubt = statuses(office)
        with webhook(office, given) as events:
            mail = office.provider.taken[0]
            answered = events.tell([event_of(mail, "delivered", office.sync.now)], office.sync.now)
        office.notify()

        assert (when_killed, in_doubt, statuses(office)) == (["sending"], ["unknown"], ["delivered"])
        assert (next_run.status, next_run.body["counts"]["drained"]["lapsed"], answered) == (200, 1, 204)
        assert len(office.provider.taken) == 1
