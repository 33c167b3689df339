"""Writes the roster that we ship, from congress-legislators JSON files.

    python -m local.roster legislators-current.json [legislators-historical.json ...]

Facts only (names and terms, CC0), in our own compact layout; members named in the present file but not in the new ones stay.
"""

from pathlib import Path

import click

from common.members.roster import SHIPPED, Roster, dump, load, parse_legislators


@click.command(help=__doc__)
@click.argument(
    "files", nargs=-1, required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path)
)
@click.option("--out", default=SHIPPED, show_default=True, type=click.Path(dir_okay=False, path_type=Path))
def main(files: tuple[Path, ...], out: Path) -> None:
    """Merge FILES into OUT and say what it now holds."""
    known = load(out.read_text(encoding="utf-8")) if out.exists() else Roster({})
    fresh = parse_legislators(*(file.read_bytes() for file in files))
    roster = Roster({**known.members, **fresh.members})
    out.write_text(dump(roster), encoding="utf-8")
    terms = sum(len(member.terms) for member in roster.members.values())
    click.echo(f"{out}: {len(roster.members)} members, {terms} terms, {out.stat().st_size} bytes")


if __name__ == "__main__":
    main()
