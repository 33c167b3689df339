"""One module per page; each handler takes the site, the visit and what the address names, and returns the reply."""
