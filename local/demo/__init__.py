"""The main job on this laptop, from the Clerk's index to stored trades."""
