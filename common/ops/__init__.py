"""What keeps the system honest: watching it, and putting it right."""
