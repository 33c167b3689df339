"""Who filed: the roster, and names settled to one person."""
