"""What sending needs of the settings: a letterhead and a way out; without them it refuses to start."""

from common.clock import Clock
from common.mail.folder import FolderMailer
from common.mail.port import Mailer
from common.mail.render import Letterhead
from common.settings import Settings

NEEDED = {
    "folder": ("mail_from", "postal_address", "public_base_url"),
    "sendgrid": ("mail_from", "postal_address", "public_base_url", "sendgrid_api_key"),
}


def letterhead_of(settings: Settings) -> Letterhead:
    """Return what all mail bears. Raises NotConfigured naming everything that sending lacks."""
    given = settings.need(*NEEDED[settings.mail])
    return Letterhead(
        sender=given["mail_from"],
        postal_address=given["postal_address"],
        public_base_url=given["public_base_url"],
    )


def mailer_of(settings: Settings, clock: Clock) -> Mailer:
    """Return the way out that MAIL names. Raises NotConfigured naming everything that sending lacks."""
    given = settings.need(*NEEDED[settings.mail])
    if settings.mail == "folder":
        return FolderMailer(settings.data_dir / "mail")
    from common.mail.sendgrid import SendGridMailer  # noqa: PLC0415 - a laptop's mail goes without the package

    return SendGridMailer(given["sendgrid_api_key"], clock, url=settings.sendgrid_url)


def may_send(settings: Settings) -> str | None:
    """Return why SendGrid would not take mail with these settings, by asking what the key allows; None = it would."""
    from common.mail.sendgrid import refusal_of  # noqa: PLC0415 - as above

    return refusal_of(settings.need("sendgrid_api_key")["sendgrid_api_key"], url=settings.sendgrid_url)
