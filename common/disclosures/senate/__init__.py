"""The Senate: its search, its report pages, and what one sync asks of the site."""
