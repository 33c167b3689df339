"""What members of Congress disclosed: find it, fetch it, read it, store it."""
