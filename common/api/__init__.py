"""What operators and machines ask: health, runs, the queue, locks, reviews, subscribers and rules, as JSON and on a page."""
