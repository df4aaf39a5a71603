"""What precision a step is computed in."""
