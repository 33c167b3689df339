"""Whether a file may be given to PDFium at all: what PDFium would bear in silence, or with all of the memory."""

import re
import zlib

from common.errors import DocumentTorn, SourceChanged

MOST_BYTES = 20_000_000  # the largest filing seen has 0.4 MB; a House scan of 100 pages about 10 MB
MOST_UNPACKED = 12_000_000  # bytes of all packed streams but pictures; the largest filing seen has 2.6 MB
MOST_STREAM = (
    4_000_000  # bytes of one of them; the largest seen has 0.2 MB, and PDFium takes 80 bytes for each
)

_STREAM = re.compile(rb"(?<!end)stream\r?\n")
_PACKED = re.compile(rb"/Filter\s*\[?\s*/FlateDecode")
_PICTURE = re.compile(rb"/Subtype\s*/Image")
_PAGE = re.compile(rb"/Type\s*/Page\b")
_LONGEST_DICTIONARY = 1_000  # bytes looked at before a stream


def check_soundness(pdf: bytes, name: str) -> None:
    """Raise SourceChanged, beginning with NAME, where PDF is no PDF, too large, or holds a huge stream; DocumentTorn for a damaged one.

    Encrypted streams (the House's are, with an empty password) cannot be unpacked here and are left to PDFium.
    """
    if len(pdf) > MOST_BYTES:
        raise SourceChanged(f"{name}: {len(pdf):,} bytes are more than {MOST_BYTES:,}; look at it by hand")
    if b"%PDF-" not in pdf[:1024]:
        raise SourceChanged(
            f"{name}: it begins {pdf[:15]!r}, which is no PDF; see what the source serves there"
        )
    if b"/Encrypt" in pdf:
        return
    unpacked, position = 0, 0
    while match := _STREAM.search(pdf, position):
        position = match.end()
        head = pdf[max(0, match.start() - _LONGEST_DICTIONARY) : match.start()].rpartition(b"obj")[2]
        if _PACKED.search(head) and not _PICTURE.search(head):
            end = pdf.find(b"endstream", position)
            unpacked += _unpacked_bytes(pdf[position:end], min(MOST_STREAM, MOST_UNPACKED - unpacked), name)
            position = max(position, end)


def count_pages(pdf: bytes) -> int:
    """Count the pages that stand openly in PDF; PDFium leaves out those that it cannot reach."""
    return len(_PAGE.findall(pdf))


def _unpacked_bytes(packed: bytes, room: int, name: str) -> int:
    unpacker = zlib.decompressobj()
    try:
        size = len(unpacker.decompress(packed, room + 1))
    except zlib.error as error:
        raise DocumentTorn(
            f"{name}: a stream is damaged ({error}); fetch it again, then look at it by hand"
        ) from error
    if size > room:
        raise SourceChanged(f"{name}: a stream unpacks to more than {room:,} bytes; look at it by hand")
    if not unpacker.eof and packed.strip():  # some writers pack nothing to nothing
        raise DocumentTorn(f"{name}: a stream is truncated; fetch it again, then look at it by hand")
    return size
