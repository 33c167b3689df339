"""The operator's page in a browser: what it shows, and what its forms do. It works without scripts."""
