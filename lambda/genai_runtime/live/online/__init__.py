"""Decides running experiments from what really happened. docs/releasing/statistics.md has methods and sources.

`sequence` and `looks` are the statistics, `experiment` applies them to counts: all pure. `observer` counts every audit
record exactly once and acts; `table` keeps the counts. `shadow` asks a candidate again what users asked.
"""
