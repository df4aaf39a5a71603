"""The report: a self-contained page, an article in LaTeX, and tables for README."""
