"""How long the state machine waits before it asks again how jobs are doing.

A twentieth of what it waited already, from 5 seconds to an hour: a result is noticed at most 5 seconds or 5 % late, whatever
the job takes, and two weeks of waiting for people are fewer than 500 polls.
"""

from typing import Final

SHORTEST_SECONDS: Final = 5
LONGEST_SECONDS: Final = 3600
_SHARE: Final = 20


def wait_seconds(waited_seconds: int) -> int:
    """The next wait, after so many seconds of waiting."""
    return min(max(waited_seconds // _SHARE, SHORTEST_SECONDS), LONGEST_SECONDS)
