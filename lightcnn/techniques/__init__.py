"""The catalogue of techniques behind docs/techniques.md."""
