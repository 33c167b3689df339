"""How any task runs: once, under a lock and a fence, with its history."""
