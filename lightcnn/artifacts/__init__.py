"""The files that stages hand to one another: one format, one module, used by writer and reader. No torch."""
