"""From planned messages to mails that have left, and what became of them (protocols, section 3)."""
