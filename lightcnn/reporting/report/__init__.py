"""The report: one self-contained page, an article in LaTeX and a table for README, all with the same numbers."""
