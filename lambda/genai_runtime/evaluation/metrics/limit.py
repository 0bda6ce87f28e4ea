"""A limit on the time that one metric may take for one answer.

Python's regular expressions may take exponential time, and a plug-in may hang; neither must take the other cases along.
"""

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import TypeAlias

Limit: TypeAlias = Callable[[float], None]


class TooLong(BaseException):
    """The time is over. Not an Exception, so that code which swallows those doesn't swallow this."""


@contextmanager
def alarm() -> Iterator[Limit]:
    """Gives a function that sets the time from now in seconds, after which TooLong is raised; 0 ends the limit.

    Only a process's main thread gets signals, so elsewhere there is no limit. Lambda calls handlers in the main thread.
    """
    if threading.current_thread() is not threading.main_thread():
        yield lambda _seconds: None
        return
    before = signal.signal(signal.SIGALRM, _ring)
    try:
        yield lambda seconds: _set(seconds)
    finally:
        _set(0)
        signal.signal(signal.SIGALRM, before)


def _set(seconds: float) -> None:
    signal.setitimer(signal.ITIMER_REAL, seconds)


def _ring(_signal: int, _frame: FrameType | None) -> None:
    raise TooLong
