"""What every component promises, whatever its family."""
