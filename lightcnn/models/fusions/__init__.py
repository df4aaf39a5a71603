"""Ways to join two branches into one network."""
