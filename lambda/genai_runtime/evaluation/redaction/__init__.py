"""Redaction of golden datasets: what dev may read holds no personal data, and the same person stays the same person.

find (a guardrail) -> replace (Faker, seeded by an HMAC that only KMS can make) -> look again -> report.
"""
