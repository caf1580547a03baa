"""Samples the stacks of the process that it is in.

Samples come with CPU time, not with the clock: a busy machine only makes them fewer. Time in the kernel and in C is
counted where Python called it; what driver threads spend is counted where the event loop was meanwhile.
"""

import os
import signal
from collections import Counter
from pathlib import Path
from types import FrameType

VARIABLE = "BENCH_SAMPLES"
# As often as the kernel's own clock lets it.
INTERVAL_SECONDS = 0.001


class Sampler:
    """Counts stacks, outermost frame first, and writes them one a line as flame graphs are drawn from."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._stacks: Counter[str] = Counter()

    def start(self) -> None:
        signal.signal(signal.SIGPROF, self._sample)
        signal.setitimer(signal.ITIMER_PROF, INTERVAL_SECONDS, INTERVAL_SECONDS)

    def stop(self) -> None:
        signal.setitimer(signal.ITIMER_PROF, 0)
        self._path.write_text("".join(f"{stack} {count}\n" for stack, count in self._stacks.items()))

    def _sample(self, _number: int, frame: FrameType | None) -> None:
        names: list[str] = []
        while frame is not None:
            names.append(f"{frame.f_code.co_qualname} ({frame.f_code.co_filename}:{frame.f_lineno})")
            frame = frame.f_back
        self._stacks[";".join(reversed(names))] += 1


def sampler() -> Sampler | None:
    """The sampler that the environment asks for."""
    path = os.environ.get(VARIABLE)
    return Sampler(Path(path)) if path else None
