"""The function that syncs disclosures."""
