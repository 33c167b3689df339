"""What disclosed securities cost: the exchange's sessions, quotes, closing bars, splits and renames."""
