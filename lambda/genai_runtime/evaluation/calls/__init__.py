"""Asks the candidates: requests, targets, the shared quota of a model, and the worker that answers a batch.

`gcra` and `request` are pure; `rate` shares the quota between all workers; `worker` runs a batch through a `Target`.
"""
