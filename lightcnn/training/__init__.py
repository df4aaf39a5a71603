"""The recipe, the loop, and the components of a training."""
