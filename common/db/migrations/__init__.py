"""Alembic's steps from an empty database to today's tables; README.md beside this says how one is made."""
