"""Documents: parsed, limited and validated once, then kept."""

from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from time import perf_counter
from typing import TypeAlias

from graphql import (
    DirectiveNode,
    DocumentNode,
    FragmentDefinitionNode,
    GraphQLError,
    GraphQLSchema,
    GraphQLSyntaxError,
    NoSchemaIntrospectionCustomRule,
    OperationDefinitionNode,
    VariableNode,
    Visitor,
    parse,
    specified_rules,
    validate,
    visit,
)
from graphql.validation.validate import ValidationAbortedError
from prometheus_client import Counter

from engine.limits import Limits, document_refusals, text_refusals
from engine.plans import Plan, PlanKey
from engine.variables import Variables

LOOKED_UP = Counter("examgraph_documents_total", "Documents looked up, by whether they were known.", ["result"])
KNOWN, NEW = LOOKED_UP.labels("known"), LOOKED_UP.labels("new")
# Errors of one document: the first ones tell what is wrong, thousands only cost.
ERRORS_TOLD = 20
# Parsed, a document takes a hundred times its text: all that are kept together, and one that would push out many.
CHARACTERS_KEPT = 1_000_000
CHARACTERS_OF_ONE = 20_000

# Told of each phase of what is done once: its name, and how many seconds it took.
Note: TypeAlias = Callable[[str, float], None]

OVERLAPPING = GraphQLError(
    "the document repeats its fields and fragments too often to be validated",
    extensions={"code": "LIMIT_EXCEEDED", "limit": "repetition"},
)


@dataclass(frozen=True, slots=True, eq=False, weakref_slot=True)
class Document:
    """A document ready to run, or the `errors` for which it cannot."""

    errors: tuple[GraphQLError, ...]
    tree: DocumentNode | None = None
    operations: Mapping[str | None, OperationDefinitionNode] = field(default_factory=dict)
    fragments: Mapping[str, FragmentDefinitionNode] = field(default_factory=dict)
    # The variables that @skip and @include read: a plan holds for one choice of their values.
    branching: tuple[str, ...] = ()
    # The names of all directives used anywhere.
    directives: frozenset[str] = frozenset()
    # Plans by operation and choice, made when first run; `engine.plans` says which are kept.
    plans: dict[PlanKey, Plan] = field(default_factory=dict)
    # The variables of each operation that has run and has any.
    variables: dict[str | None, Variables] = field(default_factory=dict)
    hides_suggestions: bool = False

    def operation(self, name: str | None) -> OperationDefinitionNode | GraphQLError:
        """The operation called `name`, or the only one when no name is given."""
        if name is None and len(self.operations) == 1:
            return next(iter(self.operations.values()))
        found = self.operations.get(name)
        if found is not None:
            return found
        if name is None:
            return GraphQLError("the document holds several operations: say which by operationName")
        return GraphQLError(f"the document holds no operation named {name[:100]!r}")


class Documents:
    """Prepares documents, and keeps the newest by their text: `capacity` of them, and a bounded length in all."""

    def __init__(
        self,
        schema: GraphQLSchema,
        limits: Limits,
        *,
        allows_introspection: bool = True,
        capacity: int = 1000,
        note: Note | None = None,
    ) -> None:
        self.schema = schema
        self._limits = limits
        self._note = note
        self._rules = [*specified_rules, *([] if allows_introspection else [NoSchemaIntrospectionCustomRule])]
        # A suggestion names what introspection would not.
        self._hides_suggestions = not allows_introspection
        self._capacity = capacity
        self._kept: OrderedDict[str, Document] = OrderedDict()
        self._characters = 0

    def prepared(self, text: str) -> Document:
        """The document of `text`. Never raises: what is wrong with it is in its errors."""
        kept = self._kept.get(text)
        if kept is not None:
            self._kept.move_to_end(text)
            KNOWN.inc()
            return kept
        NEW.inc()
        document = self._prepare(text)
        # A document that cannot run is not kept: whoever sends many wrong ones must not push out the right ones.
        if not document.errors and len(text) <= CHARACTERS_OF_ONE:
            self._keep(text, document)
        return document

    def _keep(self, text: str, document: Document) -> None:
        self._kept[text] = document
        self._characters += len(text)
        while len(self._kept) > self._capacity or self._characters > CHARACTERS_KEPT:
            oldest, _ = self._kept.popitem(last=False)
            self._characters -= len(oldest)

    def _errors(self, tree: DocumentNode) -> list[GraphQLError]:
        errors = validate(
            self.schema, tree, self._rules, max_errors=ERRORS_TOLD, hide_suggestions=self._hides_suggestions
        )
        # Alone, it is no summary of other errors: the validator gave up on a document built to keep it busy.
        return [OVERLAPPING] if len(errors) == 1 and isinstance(errors[0], ValidationAbortedError) else errors

    def _prepare(self, text: str) -> Document:
        # The text's own limits stand between a hostile text and the parser, and count as reading it.
        with timed("parse", self._note):
            if refusals := text_refusals(text, self._limits):
                return Document(tuple(refusals))
            try:
                tree = parse(text, no_location=False)
            except GraphQLSyntaxError as error:
                return Document((error,))
        with timed("validate", self._note):
            errors = self._errors(tree)
        if errors:
            return Document(tuple(errors))
        with timed("limits", self._note):
            refusals = document_refusals(tree, self._limits)
        if refusals:
            return Document(tuple(refusals))
        operations = {
            node.name.value if node.name else None: node
            for node in tree.definitions
            if isinstance(node, OperationDefinitionNode)
        }
        fragments = {node.name.value: node for node in tree.definitions if isinstance(node, FragmentDefinitionNode)}
        directives = _directives(tree)
        return Document(
            (),
            tree,
            operations,
            fragments,
            _branching(directives),
            frozenset(node.name.value for node in directives),
            hides_suggestions=self._hides_suggestions,
        )


@contextmanager
def timed(phase: str, note: Note | None) -> Iterator[None]:
    """Tell how long what happens inside takes."""
    began = perf_counter()
    try:
        yield
    finally:
        if note is not None:
            note(phase, perf_counter() - began)


def _directives(tree: DocumentNode) -> list[DirectiveNode]:
    found: list[DirectiveNode] = []

    class Finder(Visitor):
        def enter_directive(self, node: DirectiveNode, *_where: object) -> None:
            found.append(node)

    visit(tree, Finder())
    return found


def _branching(directives: Iterable[DirectiveNode]) -> tuple[str, ...]:
    choosing = [node for node in directives if node.name.value in ("skip", "include")]
    values = [argument.value for node in choosing for argument in node.arguments or ()]
    return tuple(sorted({value.name.value for value in values if isinstance(value, VariableNode)}))
