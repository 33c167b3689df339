"""This laptop's cloud: what Cloud Run, Cloud Scheduler and Cloud Tasks do, with the functions as they are."""
