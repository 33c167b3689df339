"""Small indexes of our own, whole and broken."""

from datetime import date
from io import BytesIO
from zipfile import ZIP_DEFLATED, ZipFile

from common.disclosures.records import IndexRow
from local.standins.shelf import drawn_index

YEAR = 2025
GREENE = IndexRow("20990101", "Hon.", "Greene", "Marjorie Taylor", "", "P", "GA14", YEAR, date(2025, 3, 7))
ROWS = (
    GREENE,
    IndexRow("8299001", "", "Velázquez & Söhne", "<Nydia>", "Jr.", "P", "NY07", YEAR, date(2026, 1, 12)),
    IndexRow("9901", "", "Sample", "Robin", "", "W", "", YEAR, None),
)


def zipped(*files: tuple[str, bytes], compression: int = ZIP_DEFLATED) -> bytes:
    archive = BytesIO()
    with ZipFile(archive, "w", compression) as members:
        for name, content in files:
            members.writestr(name, content)
    return archive.getvalue()


def unzipped(archive: bytes) -> str:
    with ZipFile(BytesIO(archive)) as members:
        return members.read(f"{YEAR}FD.xml").decode()


def with_xml(xml: str | bytes) -> bytes:
    return zipped((f"{YEAR}FD.xml", xml.encode() if isinstance(xml, str) else xml))


def changed(old: str, new: str) -> bytes:
    """Return the index of ROWS with OLD replaced once by NEW in its XML."""
    xml = unzipped(drawn_index(YEAR, ROWS))
    assert old in xml
    return with_xml(xml.replace(old, new, 1))
