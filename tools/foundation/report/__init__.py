"""What security reviewers get: every finding of every account with its state, and what the templates prove.

`foundation.report.cli:app` is the command.
"""
