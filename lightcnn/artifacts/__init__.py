"""Files that one stage writes and another reads: one module for each format. No torch."""
