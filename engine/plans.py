"""The plans of operations: how large one may grow, and how much of all together is kept."""

import weakref
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol, TypeAlias

from prometheus_client import Gauge

from engine.plan import Selection, TooManyFields

# Planned fields of one operation: a hundred times what people write. One that comes to more runs on graphql-core.
FIELDS_OF_ONE = 5_000
# Planned fields of all operations together. Some 2 KiB each: as much again as the documents that they are of.
FIELDS_KEPT = 50_000
# Plans of one document: one an operation and choice of what @skip and @include read.
PLANS_OF_ONE = 16

# An operation's name, and the values of the variables that its @skip and @include read.
PlanKey: TypeAlias = tuple[str | None, tuple[object, ...]]

FIELDS = Gauge("examgraph_planned_fields", "Fields of the compiled operations that are kept.")


@dataclass(slots=True, eq=False)
class Plan:
    """One operation's plan, for one choice of what @skip and @include read. It grows as answers reach further."""

    # None before it is planned, and when it came to more fields than it may have.
    root: Selection | None = None
    fields: int = 0
    is_too_large: bool = False
    # Told by how much it grew, while it is kept.
    grew: Callable[["Plan", int], None] | None = None

    def grow(self, fields: int) -> None:
        """So many fields more. Raises TooManyFields."""
        if self.fields + fields > FIELDS_OF_ONE:
            self.is_too_large = True
            raise TooManyFields
        self.fields += fields
        if self.grew is not None:
            self.grew(self, fields)


class Planned(Protocol):
    """A document: it holds its plans itself, so that they go when it goes."""

    @property
    def plans(self) -> dict[PlanKey, Plan]: ...


class Plans:
    """Which plans are kept: those used last, up to a number of fields in all; those of saved operations always."""

    def __init__(self, fields_kept: int = FIELDS_KEPT) -> None:
        self.fields = 0  # of all that are not kept always
        self._fields_kept = fields_kept
        # From each plan to where its document holds it; those used last at the end.
        self._held: OrderedDict[Plan, tuple[dict[PlanKey, Plan], PlanKey]] = OrderedDict()

    def found(self, document: Planned, key: PlanKey) -> Plan | None:
        plan = document.plans.get(key)
        if plan is not None and plan in self._held:
            self._held.move_to_end(plan)
        return plan

    def keep(self, document: Planned, key: PlanKey, plan: Plan, *, always: bool = False) -> None:
        """Keep a document's plan: `always`, or as long as it is used and there is room."""
        plans = document.plans
        if not plans:
            weakref.finalize(document, self._forget, plans).atexit = False
        if not always:
            if len(plans) >= PLANS_OF_ONE:
                oldest = next((other for other in plans.values() if other in self._held), None)
                if oldest is None:
                    return
                self._drop(oldest)
            self._held[plan] = plans, key
        plans[key] = plan
        plan.grew = self._grew
        self._grew(plan, plan.fields)

    def too_large(self, plan: Plan) -> None:
        """Keep of a plan only that it is too large."""
        self._grew(plan, -plan.fields)
        plan.root, plan.fields, plan.grew = None, 0, None

    def _grew(self, plan: Plan, fields: int) -> None:
        FIELDS.inc(fields)
        if plan in self._held:
            self.fields += fields
            while self.fields > self._fields_kept and (oldest := next(iter(self._held))) is not plan:
                self._drop(oldest)

    def _drop(self, plan: Plan) -> None:
        plans, key = self._held.pop(plan)
        del plans[key]
        self.fields -= plan.fields
        FIELDS.dec(plan.fields)
        plan.grew = None

    def _forget(self, plans: dict[PlanKey, Plan]) -> None:
        """Their document is no more."""
        for plan in list(plans.values()):
            if plan in self._held:
                self._drop(plan)
            else:
                FIELDS.dec(plan.fields)
                plan.grew = None
