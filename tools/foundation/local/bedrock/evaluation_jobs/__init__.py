"""Managed evaluation jobs that really run: dataset and results in the target's S3, answers of the simulated models."""
