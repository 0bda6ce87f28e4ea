"""Evaluation suites on a developer's side: check, publish and generate them, start runs and read their results."""
