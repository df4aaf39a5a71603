"""What came out: results, comparisons, figures, pages. No torch."""
