"""Processes killed in the middle of what they do, again and again, and the books balanced afterwards."""
