"""What every room promises, whatever its family."""
