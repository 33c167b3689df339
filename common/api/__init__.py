"""JSON for operators and machines: health, runs, the queue, locks, rules and subscribers. Cloud Run's IAM decides who may ask."""
