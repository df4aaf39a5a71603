"""Results, comparisons, figures and pages. No torch."""
