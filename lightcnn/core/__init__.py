"""Errors, configuration, the registry of components, files. Imports no other package of the project."""
