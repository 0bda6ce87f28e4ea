"""Template gates of `make check`: what no rule pack proves about this foundation, and the linters that gate it.

`foundation.checks.cli:app` is the command; everything else is pure functions over a synthesized cloud assembly.
"""
