"""What subscribers asked for, what each must be told, and telling it once."""
