"""What subscribers receive: one model, two parts, two ways out."""
