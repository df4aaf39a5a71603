"""params.yaml, plans, projects and DVC."""
