"""One JSON object per event on stdout, which is what Cloud Logging wants.

Keys: severity, message (the event's name), time, logging.googleapis.com/trace and labels (function, task, run id) as in
https://cloud.google.com/logging/docs/structured-logging.
"""
