"""Ways to get more out of networks that are trained: fitted on the validation split alone, reported apart from the plain scores."""
