"""Writes the mails of tests/data/mail: `python -m tests.support.golden_mails`; read the difference before committing it."""

from pathlib import Path

from common.mail.folder import message
from common.mail.render import render
from tests.support.mails import EACH_KIND, LETTERHEAD

FOLDER = Path(__file__).parents[1] / "data" / "mail"
PARTS = ("html", "txt", "headers")


def golden(name: str) -> dict[str, str]:
    """Return the mail NAME as its three files have it: by ending."""
    mail = render(EACH_KIND[name], LETTERHEAD)
    headers = [
        (key, value) for key, value in message(mail).items() if not key.startswith(("Content", "MIME"))
    ]
    return {
        "html": mail.html,
        "txt": mail.text,
        "headers": "".join(f"{key}: {value}\n" for key, value in headers),
    }


def main(folder: Path = FOLDER) -> None:
    """Write each mail anew into FOLDER."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in EACH_KIND:
        for ending, content in golden(name).items():
            (folder / f"{name}.{ending}").write_text(content, encoding="utf-8")


if __name__ == "__main__":
    main()
