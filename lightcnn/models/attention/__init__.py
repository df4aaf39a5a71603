"""Channel and spatial attention."""
