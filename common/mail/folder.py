"""The way out on a laptop: mails become files, for people and for tests to look at."""

from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, parseaddr
from pathlib import Path

from common.mail.port import Accepted, Outcome, Outgoing, SurelyNotSent, Then

# The longest line that may travel (RFC 5322, 2.1.1): a shorter one would break long links in headers into pieces.
POLICY = SMTP.clone(max_line_length=998)


class FolderMailer:
    """Writes each mail into FOLDER: `<delivery id>.eml` as it would travel, and `<delivery id>.html` to look at."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def send(self, mail: Outgoing) -> Outcome:
        """Write MAIL; it counts as sent once its .eml has its name, and that happens whole or not at all."""
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            self._write(f"{mail.delivery_id}.html", mail.html.encode())
            self._write(f"{mail.delivery_id}.eml", message(mail).as_bytes())
        except OSError as error:
            return SurelyNotSent(Then.STOP, f"cannot write mails into {self._folder}: {error.strerror}")
        return Accepted(f"{mail.delivery_id}.eml")

    def _write(self, name: str, content: bytes) -> None:
        unfinished = self._folder / f".{name}.part"
        unfinished.write_bytes(content)
        unfinished.replace(self._folder / name)


def message(mail: Outgoing) -> EmailMessage:
    """Return MAIL as it would travel: both parts, and the headers of RFC 5322."""
    whole = EmailMessage(policy=POLICY)
    host = parseaddr(mail.sender)[1].partition("@")[2]
    whole["From"], whole["To"], whole["Subject"] = mail.sender, mail.to, mail.subject
    whole["Date"] = format_datetime(mail.made_at)
    whole["Message-ID"] = f"<{mail.delivery_id}@{host}>"
    for name, value in mail.headers.items():
        whole[name] = value
    whole.set_content(mail.text)
    whole.add_alternative(mail.html, subtype="html")
    return whole
