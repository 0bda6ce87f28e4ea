"""The shared state in memory, and a clock that only moves when somebody sleeps."""

import threading
from dataclasses import dataclass, field

from genai_runtime.evaluation.calls.gcra import Clocks
from genai_runtime.evaluation.calls.rate import State


@dataclass
class MemoryState:
    """SharedState of one process; counts its calls."""

    states: dict[str, State] = field(default_factory=dict)
    reads: int = 0
    writes: int = 0
    conflicts: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def read(self, key: str) -> State:
        self.reads += 1
        return self.states.get(key, State())

    def swap(self, key: str, known: State, clocks: Clocks) -> State | None:
        with self.lock:
            current = self.states.get(key, State())
            if current.version != known.version:
                self.conflicts += 1
                return current
            self.writes += 1
            self.states[key] = State(clocks, known.version + 1)
            return None


@dataclass
class Time:
    """Simulated wall clock, in seconds."""

    now: float = 1_000.0

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds
