"""The House's periodic transaction report, from PDF to records; pure: bytes in, records out.

Three generations of the form are read: `G1a` (2016 to spring 2018), `G1b` (to spring 2022) and `G3` (since). PDFium, which
reads the PDF, is not thread-safe: calls from several threads wait for one another.
"""

from common.disclosures.house.ptr.filings import parse_ptr

__all__ = ["PARSER", "parse_ptr"]

PARSER = "house-ptr-1"
"""Raised when the same document would be read differently; stored filings of an older one are read again."""
