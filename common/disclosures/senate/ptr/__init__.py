"""The Senate's periodic transaction report, from page to records; pure: bytes in, records out.

Pages are drawn when they are asked for: the content is that of the day of filing, the markup that of today.
"""

from common.disclosures.senate.ptr.filings import parse_ptr

__all__ = ["PARSER", "parse_ptr"]

PARSER = "senate-ptr-1"
"""Raised when the same page would be read differently; stored filings of an older one are read again."""
