"""Releases at the command line: built, compared, deployed, tested, explained, approved, watched.

`foundation.release.cli:app` is the command.
"""
