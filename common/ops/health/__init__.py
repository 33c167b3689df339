"""health_check: looks at every part, says what it found, and tells the operator when that changes."""
