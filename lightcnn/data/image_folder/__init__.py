"""Images of one's own: which there are, how they are split, and what is in them."""
