"""Who asked, and for what; stopping, and what is kept about a person."""
