"""Releases: the manifest of what is released, and the signed ledger of what happened to it."""
