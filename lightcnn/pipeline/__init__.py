"""params.yaml and DVC: which stage runs with what."""
