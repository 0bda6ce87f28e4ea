"""Sections on releases: time to a verdict, time of a rollback, requests until a degraded candidate is noticed."""
