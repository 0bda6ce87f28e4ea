"""`make bench`: what synthesis, checks, deployment and requests cost on this machine, beside their aims.

Each section runs on its own and a section that fails is reported as failed. docs/benchmarks.md says how to read it.
"""
