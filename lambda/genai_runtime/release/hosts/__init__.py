"""The repository host: comments and statuses for people who review, branches and notes of releases. It decides nothing."""
