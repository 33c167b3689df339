"""The function that tells subscribers."""
