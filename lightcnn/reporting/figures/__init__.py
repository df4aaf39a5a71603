"""Figures: one component draws one or more from the results, under the names of the files they become."""
