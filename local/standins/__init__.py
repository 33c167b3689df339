"""The outside world, over real HTTP, with fault modes."""
