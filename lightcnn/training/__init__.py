"""How weights are learned: the recipe, the loop, and the components of a training."""
