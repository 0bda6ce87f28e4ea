"""Evaluation of models and prompts: golden datasets, the pipeline, experiments."""
