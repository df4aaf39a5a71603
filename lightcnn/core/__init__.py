"""What everything stands on: errors, configuration, the registry of components, files. It imports nothing else of the project."""
