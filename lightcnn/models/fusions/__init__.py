"""How two branches become one network."""
