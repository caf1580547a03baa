"""What a bench gives: named figures, and the goals that they are held against."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Pace:
    """How thoroughly to measure, and what of it. `say` tells how far the bench is."""

    say: Callable[[str], None]
    is_full: bool = False
    rounds: int = 3
    # Length of a round.
    seconds: float = 0.7
    # Servers by name or part of it, and workloads: none means all.
    servers: Sequence[str] = ()
    workloads: Sequence[str] = ()

    def wants_server(self, name: str) -> bool:
        return not self.servers or any(part in name for part in self.servers)

    def wants_workload(self, name: str) -> bool:
        return not self.workloads or name in self.workloads


@dataclass(frozen=True, slots=True)
class Goal:
    """What a figure should be: at most, or at least."""

    bound: float
    is_least: bool = False

    def is_met(self, value: float) -> bool:
        return value >= self.bound if self.is_least else value <= self.bound

    @property
    def words(self) -> str:
        return f"{'at least' if self.is_least else 'at most'} {self.bound:g}"


@dataclass(frozen=True, slots=True)
class Found:
    """Figures by name, the goals of some of them, and a table for who reads along."""

    figures: Mapping[str, float]
    goals: Mapping[str, Goal] = field(default_factory=dict)
    table: str = ""

    @property
    def judged(self) -> dict[str, Goal]:
        """The goals whose figure was measured."""
        return {name: goal for name, goal in self.goals.items() if name in self.figures}

    def goal_lines(self) -> list[str]:
        return [
            f"  {'met   ' if goal.is_met(self.figures[name]) else 'MISSED'} "
            f"{name:58} {self.figures[name]:8.2f}  {goal.words}"
            for name, goal in self.judged.items()
        ]
