"""A bounded explorer: the runner itself, put through every interleaving of a small world."""
