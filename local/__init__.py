"""This laptop's cloud: nothing here is ever uploaded."""
