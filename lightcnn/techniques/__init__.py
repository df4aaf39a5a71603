"""The catalogue behind docs/techniques.md."""
