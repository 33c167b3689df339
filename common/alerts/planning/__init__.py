"""From versions of filings to what each subscriber must be told, once (protocols, section 2)."""
