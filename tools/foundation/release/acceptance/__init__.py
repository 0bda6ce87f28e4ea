"""Tests of a deployed release, through the function that callers use: integration and performance."""
