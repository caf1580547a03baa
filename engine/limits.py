"""How large a document may be, and by how much one is too large.

Tokens, aliases, directives and nesting are counted on the text, before it is parsed: a parser is no place to meet a
document built to hurt it. Depth and root fields are counted on the parsed document, through its fragments.
"""

import re
from dataclasses import dataclass

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionSetNode,
)


@dataclass(frozen=True, slots=True)
class Limits:
    """The most that one document may hold."""

    tokens: int = 2000
    aliases: int = 100
    directives: int = 50
    root_fields: int = 100
    depth: int = 20


# Brackets within brackets, of any kind, as a multiple of the depth: arguments and lists nest too.
NESTING_PER_DEPTH = 3

# One token of a document, as the language defines it: block strings, strings, comments (no tokens), the spread, names,
# numbers, and single punctuators. Anything else is left for the parser to name.
TOKEN = re.compile(
    r'"""(?:[^"\\]|\\(?:""")?|"(?!""))*(?:"""|$)'
    r'|"(?:[^"\\\r\n]|\\.)*"?'
    r"|(?P<comment>\#[^\r\n]*)"
    r"|\.\.\.|[A-Za-z_][A-Za-z0-9_]*|-?[0-9][0-9.eE+-]*|[!$&()\[\]{}:=@|]"
)


def exceeded(limit: str, value: int, bound: int) -> GraphQLError:
    """The refusal of a document that exceeds `limit`."""
    words = limit.replace("_", " ")
    return GraphQLError(
        f"the document's {words} is {value}, the limit is {bound}",
        extensions={"code": "LIMIT_EXCEEDED", "limit": limit, "value": value, "bound": bound},
    )


def text_refusals(text: str, limits: Limits) -> list[GraphQLError]:
    """Why `text` is too large to be parsed; empty when it is not. One pass, whatever the text."""
    tokens = aliases = directives = nesting = deepest = parentheses = 0
    for match in TOKEN.finditer(text):
        if match.lastgroup == "comment":
            continue
        tokens += 1
        match text[match.start()]:
            case "{" | "[" | "(" as bracket:
                nesting += 1
                deepest = max(deepest, nesting)
                parentheses += bracket == "("
            case "}" | "]" | ")" as bracket:
                nesting -= 1
                parentheses -= bracket == ")"
            case ":" if parentheses <= 0:  # outside arguments and variables, a colon makes an alias
                aliases += 1
            case "@":
                directives += 1
    counted = (
        ("tokens", tokens, limits.tokens),
        ("aliases", aliases, limits.aliases),
        ("directives", directives, limits.directives),
        ("nesting", deepest, limits.depth * NESTING_PER_DEPTH),
    )
    return [exceeded(limit, value, bound) for limit, value, bound in counted if value > bound]


def document_refusals(document: DocumentNode, limits: Limits) -> list[GraphQLError]:
    """Why a valid document is too large to be executed; empty when it is not. Its fragments form no circle."""
    fragments = {node.name.value: node for node in document.definitions if isinstance(node, FragmentDefinitionNode)}
    depths: dict[str, int] = {}
    root_counts: dict[str, int] = {}
    refusals = []
    for operation in document.definitions:
        if isinstance(operation, OperationDefinitionNode):
            depth = _depth(operation.selection_set, fragments, depths)
            if depth > limits.depth:
                refusals.append(exceeded("depth", depth, limits.depth))
            root_fields = _fields(operation.selection_set, fragments, root_counts)
            if root_fields > limits.root_fields:
                refusals.append(exceeded("root_fields", root_fields, limits.root_fields))
    return refusals


def _depth(selections: SelectionSetNode, fragments: dict[str, FragmentDefinitionNode], known: dict[str, int]) -> int:
    """Fields below one another, at the most. `known` keeps each fragment's depth, so that each is walked once."""
    deepest = 0
    for node in selections.selections:
        match node:
            case FieldNode(selection_set=below):
                deepest = max(deepest, 1 + (_depth(below, fragments, known) if below else 0))
            case InlineFragmentNode(selection_set=inside):
                deepest = max(deepest, _depth(inside, fragments, known))
            case FragmentSpreadNode(name=name):
                if name.value not in known:
                    known[name.value] = _depth(fragments[name.value].selection_set, fragments, known)
                deepest = max(deepest, known[name.value])
    return deepest


def _fields(selections: SelectionSetNode, fragments: dict[str, FragmentDefinitionNode], known: dict[str, int]) -> int:
    """Fields of one level, those of its fragments with it."""
    count = 0
    for node in selections.selections:
        match node:
            case FieldNode():
                count += 1
            case InlineFragmentNode(selection_set=inside):
                count += _fields(inside, fragments, known)
            case FragmentSpreadNode(name=name):
                if name.value not in known:
                    known[name.value] = _fields(fragments[name.value].selection_set, fragments, known)
                count += known[name.value]
    return count
