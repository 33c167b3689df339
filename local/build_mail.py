"""Builds the mails' HTML templates: sources and CSS in, templates with inlined CSS out.

`python -m local.build_mail` writes common/mail/templates/built; the result is committed, and a test checks that it is fresh.
"""

import re
from pathlib import Path

from css_inline import CSSInliner
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from common.mail.render import FOLDER

SOURCE, BUILT = FOLDER / "source", FOLDER / "built"
NAMES = ("news", "confirm", "incident")
CSS_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
INDENTED = re.compile(r"\s*\n\s*")
STYLE = re.compile(r"<style>.*?</style>", re.DOTALL)


def build() -> dict[str, str]:
    """Return the built templates by file name."""
    sources = Environment(
        loader=FileSystemLoader(SOURCE),
        autoescape=False,  # noqa: S701 - puts files together that are ours
        undefined=StrictUndefined,
        block_start_string="[%",
        block_end_string="%]",
        variable_start_string="[[",
        variable_end_string="]]",
    )
    css = CSS_COMMENT.sub("", (SOURCE / "mail.css").read_text())
    inliner = CSSInliner(keep_at_rules=True, minify_css=True, load_remote_stylesheets=False)
    pages = {f"{name}.html": sources.get_template(f"{name}.html").render(css=css) for name in NAMES}
    return {name: _tidy(inliner.inline(page)) for name, page in pages.items()}


def _tidy(html: str) -> str:
    """Return HTML without indentation; its style element last in the head, as browsers look for the charset first."""
    style = STYLE.search(html)
    moved = STYLE.sub("", html).replace("</head>", f"{style[0]}\n</head>") if style else html
    return INDENTED.sub("\n", moved).strip() + "\n"


def main(folder: Path = BUILT) -> None:
    """Write the built templates into FOLDER."""
    folder.mkdir(exist_ok=True)
    for name, html in build().items():
        (folder / name).write_text(html, encoding="utf-8")


if __name__ == "__main__":
    main()
