"""daily_maintenance: what nobody does by day, step by step; one that fails stops no other."""
