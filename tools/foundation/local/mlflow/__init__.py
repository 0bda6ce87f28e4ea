"""Managed MLflow Apps: a real MLflow server behind each, which runs as a child of the target."""
