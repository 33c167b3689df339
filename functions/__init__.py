"""One Cloud Run function per folder."""
