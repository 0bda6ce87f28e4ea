"""Managed Bedrock evaluation jobs as a further engine of a suite's metrics: create, poll, collect.

A job judges the answers that the invoke step already has ("bring your own inference response data"), so that quota, times,
cost and guardrails are ours. Bedrock's programmatic metrics take no given answers: such a job asks the model itself.
"""
