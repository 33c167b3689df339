"""One call of gcloud as it was recorded: what it was asked, with which input, where and in which environment."""

import re
import shlex
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

# Flags that take no value and stand before a positional somewhere; every other `--flag word` is a flag and its value.
SWITCHES = frozenset({"quiet", "async", "wait", "recursive", "delete-tags", "enable-ttl"})
LOOKS = frozenset(
    {"describe", "list", "list-configs", "get-iam-policy", "get-auth-string", "access", "cat", "ls", "read"}
)


@dataclass(frozen=True)
class Call:
    """One recorded call; `argv` without the leading `gcloud`."""

    argv: tuple[str, ...]
    stdin: str = ""
    folder: Path = Path()
    environment: str = field(default="", repr=False)
    """What was exported to it, as bash's `declare -px` prints it."""

    def __str__(self) -> str:
        return shlex.join(("gcloud", *self.argv))

    @cached_property
    def _parted(self) -> tuple[tuple[str, ...], dict[str, list[str]]]:
        words: list[str] = []
        flags: dict[str, list[str]] = {}
        rest = list(self.argv)
        while rest:
            word = rest.pop(0)
            if not word.startswith("--"):
                words.append(word)
                continue
            name, is_given, value = word[2:].partition("=")
            if not is_given:
                takes = rest and not rest[0].startswith("--") and not _is_switch(name)
                value = rest.pop(0) if takes else "true"
            flags.setdefault(name, []).append(value)
        return tuple(words), flags

    @property
    def words(self) -> tuple[str, ...]:
        """What is no flag: the command's name, then its positionals; without the release track."""
        words = self._parted[0]
        return words[1:] if words[:1] in {("alpha",), ("beta",)} else words

    @property
    def flags(self) -> dict[str, str]:
        """Each flag with its value, `true` where it has none; the last counts."""
        return {name: values[-1] for name, values in self._parted[1].items()}

    def flag(self, *names: str) -> str | None:
        """Return the value of the first of the flags NAMES that is given."""
        return next((self.flags[name] for name in names if name in self.flags), None)

    def every(self, name: str) -> list[str]:
        """Return all values of a flag that may be repeated."""
        return self._parted[1].get(name, [])

    def variable(self, name: str) -> str | None:
        """Return the environment variable NAME, None where it is not set."""
        found = re.search(rf'^declare -x {name}="(.*)"$', self.environment, re.MULTILINE)
        return found and found[1]

    @property
    def changes(self) -> bool:
        """Whether it makes or changes something, and does not only look."""
        return not LOOKS & {*self.words}

    def starts(self, *words: str) -> bool:
        """Tell whether this is the command WORDS, such as `"run", "deploy"`."""
        return self.words[: len(words)] == words


def _is_switch(name: str) -> bool:
    return name in SWITCHES or name.startswith("no-")
