"""The tables of the last release, whose code needs schema 0003; written by `local.deploy.release`."""
