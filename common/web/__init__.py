"""The public face: subscribe, confirm, manage, unsubscribe, and what the mail provider reports. Signed links are made in common/links.py."""
