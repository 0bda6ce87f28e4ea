"""Sections on evaluation: how it uses a quota, what it costs by itself, how it compares, what a crash costs."""
