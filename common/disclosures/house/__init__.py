"""The House: its yearly index, its PDFs, and what one sync asks of the Clerk."""
