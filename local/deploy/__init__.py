"""What deploy.sh asks of the code: its facts, its bundles, its cost, and whether all is well."""
