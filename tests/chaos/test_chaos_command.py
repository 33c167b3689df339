"""`./dev.sh chaos send`: what it takes, and what it says of broken promises."""

from io import StringIO

from click.testing import CliRunner
from rich.console import Console

from local.chaos.__main__ import main, show
from local.chaos.house import Books
from local.chaos.sender import Step


def test_one_sender_is_killed_and_the_books_balance(redis_server: object) -> None:
    result = CliRunner().invoke(main, ["send", "--times", "1", "--database", "sqlite", "--seed", "3"])

    assert result.exit_code == 0
    assert "sqlite, 1 sender(s), seed 3: 1 kill(s), each step in turn" in result.output
    assert "none was accepted twice, none is unaccounted for" in result.output


def test_a_database_that_is_not_offered_is_refused() -> None:
    result = CliRunner().invoke(main, ["send", "--database", "oracle"])

    assert (result.exit_code, "'postgresql', 'sqlite'" in result.output) == (2, True)


def test_the_report_names_every_message_that_breaks_a_promise() -> None:
    screen = Console(file=StringIO(), width=100)
    books = Books({Step.ACCEPTED: 4}, [1, 2, 3], {1: 1, 2: 2}, {1: "delivered", 2: "delivered", 3: "unknown"})

    show(screen, books, books)

    assert isinstance(screen.file, StringIO)
    said = screen.file.getvalue()
    assert "1 never, 1 once, 1 TWICE OR MORE" in said
    assert "message 2 was accepted 2 times" in said
    assert "message 3 is unknown, accepted 0 times" in said
    assert "none was accepted twice" not in said
