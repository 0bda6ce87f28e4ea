"""Keeps the services' state on disk while the target runs, so that kill -9 loses nothing acknowledged.

ministack 1.5.33 saves its state when it shuts down in order, and only then. Here a consistent
cut of all services is written as changes happen: one SQLite transaction per cut, only the entries
that changed. A stack operation is acknowledged after its cut is written; any other change follows
within `Journal.DELAY_SECONDS`.
"""

from foundation.local.journal.service import Journal

__all__ = ["Journal"]
