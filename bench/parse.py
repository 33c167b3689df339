"""Reading filings beside bare text extraction, of both chambers: ms per page and peak memory, on the downloaded corpus.

Usage: ./dev.sh bench parse [--every N]   (CAPITOLSCOPE_CORPUS names the folder data/house)

One run, one process; each file is read by every contestant in turn, in three rounds, and each keeps its median. Exit
status 1 when the House's parse_ptr takes more than 3 times the floor, the Senate's more than 5 ms a page, or the largest
filing more than 250 MB.
"""

import resource
import subprocess
import sys
import tarfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from statistics import median

import click
import pdfplumber
import pypdfium2
from selectolax.lexbor import LexborHTMLParser

from common.disclosures.house import ptr as house_ptr
from common.disclosures.senate import ptr as senate_ptr
from common.settings import given

ROUNDS = 3
SLOW_EVERY = 20  # pdfplumber takes tens of times as long; a sample of the files is enough
MOST_TIMES_FLOOR = 3.0
MOST_MEGABYTES = 250.0
MOST_SENATE_MS = 5.0


@dataclass(frozen=True)
class File:
    """A filing in memory, with its number of pages."""

    path: Path
    content: bytes
    pages: int = 1


def bare_text(pdf: bytes) -> None:
    """Read the text of each page with pypdfium2: the floor."""
    document = pypdfium2.PdfDocument(pdf)
    for page in document:
        text_page = page.get_textpage()
        text_page.get_text_range()
        text_page.close()
        page.close()
    document.close()


def plumber_text(pdf: bytes) -> None:
    """Read the text of each page with pdfplumber, the peer."""
    with pdfplumber.open(BytesIO(pdf)) as document:
        for page in document.pages:
            page.extract_text()


def whole_filing(pdf: bytes) -> None:
    """Read the filing: rows, fields, check boxes."""
    house_ptr.parse_ptr(pdf, doc_id="bench")


def bare_document(page: bytes) -> None:
    """Make a document of the page with selectolax: the Senate's floor."""
    LexborHTMLParser(page.decode())


def whole_page(page: bytes) -> None:
    """Read the Senate's report: heading, counts, rows, fields."""
    senate_ptr.parse_ptr(page, doc_id="bench")


def seconds(work: Callable[[bytes], None], content: bytes) -> float:
    start = time.perf_counter()
    work(content)
    return time.perf_counter() - start


def medians(contestants: Sequence[Callable[[bytes], None]], file: File) -> list[float]:
    """Return each contestant's median seconds for FILE, the rounds interleaved."""
    rounds = [[seconds(work, file.content) for work in contestants] for _ in range(ROUNDS)]
    return [median(times) for times in zip(*rounds, strict=True)]


def per_page(contestants: Sequence[Callable[[bytes], None]], files: Sequence[File]) -> list[float]:
    """Return each contestant's ms per page over FILES."""
    times = [medians(contestants, file) for file in files]
    pages = sum(file.pages for file in files)
    return [1000 * sum(column) / pages for column in zip(*times, strict=True)]


def peak_megabytes(path: Path) -> float:
    """Read PATH in a process of its own; return that process's peak memory."""
    subprocess.run([sys.executable, "-m", "local.parse", path], check=True, stdout=subprocess.DEVNULL)
    return resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024  # Linux counts in KiB


def corpus() -> Path:
    folder = given("CAPITOLSCOPE_CORPUS")
    if folder is None:
        raise click.UsageError("set CAPITOLSCOPE_CORPUS to the folder of downloaded filings, data/house")
    return Path(folder)


def house_files(every: int) -> list[File]:
    paths = [path for part in ("pdf", "older/pdf") for path in sorted((corpus() / part).glob("*.pdf"))]
    return [read(path) for path in paths[::every]]


def senate_files(every: int) -> list[File]:
    with tarfile.open(corpus().parent / "senate/pages/all_html.tar.gz") as pages:
        files = ((member.name, pages.extractfile(member)) for member in pages)
        return [File(Path(name), file.read()) for name, file in files if file][::every]


def read(path: Path) -> File:
    pdf = path.read_bytes()
    return File(path, pdf, len(pypdfium2.PdfDocument(pdf)))


@click.command()
@click.option("--every", default=1, show_default=True, help="Take every Nth file only.")
def main(every: int) -> None:
    """Print ms per page of both parsers, of bare text extraction and of pdfplumber."""
    files = house_files(every)
    floor, ours = per_page([bare_text, whole_filing], files)
    sample = files[:: max(1, SLOW_EVERY // every)]
    sample_floor, plumber = per_page([bare_text, plumber_text], sample)
    largest = max(files, key=lambda file: file.pages)
    memory = peak_megabytes(largest.path)
    pages = senate_files(every)
    senate_floor, senate = per_page([bare_document, whole_page], pages)

    print(f"{len(files)} filings, {sum(file.pages for file in files)} pages; median of {ROUNDS} rounds")
    print(f"{'bare pypdfium2 text (the floor)':<34} {floor:7.2f} ms a page    1.0 x")
    print(f"{'parse_ptr, check boxes included':<34} {ours:7.2f} ms a page {ours / floor:6.1f} x")
    print(
        f"{'pdfplumber text':<34} {plumber:7.2f} ms a page {plumber / sample_floor:6.1f} x"
        f"   (on {len(sample)} of the filings)"
    )
    print(f"peak memory on the largest filing ({largest.pages} pages): {memory:.0f} MB")
    print(f"{len(pages)} pages of the Senate's")
    print(f"{'bare selectolax document (the floor)':<34} {senate_floor:7.2f} ms a page    1.0 x")
    print(
        f"{'parse_ptr, counts held against rows':<34} {senate:7.2f} ms a page {senate / senate_floor:6.1f} x"
    )
    if ours > MOST_TIMES_FLOOR * floor or memory > MOST_MEGABYTES or senate > MOST_SENATE_MS:
        raise SystemExit(1)


if __name__ == "__main__":
    main()
