"""How large a document may be, and by how much one is too large.

Tokens, aliases, directives, nesting and names are counted on the text, before it is parsed: a parser is no place to
meet a document built to hurt it. Depth and root fields are counted on the parsed document, through its fragments.
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
# Characters of one name: an answer repeats an alias in every row, and in the path of every error.
NAME_CHARACTERS = 255

# One token of a document, as the language defines it: block strings, strings, comments (no tokens), the spread, names,
# numbers, and single punctuators. Anything else is left for the parser to name.
TOKEN = re.compile(
    r'"""(?:[^"\\]|\\(?:""")?|"(?!""))*(?:"""|$)'
    r'|"(?:[^"\\\r\n]|\\.)*"?'
    r"|\#[^\r\n]*"
    r"|(?P<name>[A-Za-z_][A-Za-z0-9_]*)"
    r"|\.\.\.|-?[0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?|[!$&()\[\]{}:=@|]"
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
    bounds = {
        "tokens": limits.tokens,
        "aliases": limits.aliases,
        "directives": limits.directives,
        "nesting": limits.depth * NESTING_PER_DEPTH,
        "longest_name": NAME_CHARACTERS,
    }
    found = _counted(text)
    return [exceeded(limit, found[limit], bound) for limit, bound in bounds.items() if found[limit] > bound]


def _counted(text: str) -> dict[str, int]:
    tokens = aliases = directives = nesting = deepest = parentheses = longest = 0
    for match in TOKEN.finditer(text):
        tokens += 1
        if match.lastgroup == "name":
            longest = max(longest, match.end() - match.start())
            continue
        match text[match.start()]:
            case "#":
                tokens -= 1
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
    return {
        "tokens": tokens, "aliases": aliases, "directives": directives, "nesting": deepest, "longest_name": longest,
    }  # fmt: skip


def document_refusals(document: DocumentNode, limits: Limits) -> list[GraphQLError]:
    """Why a valid document is too large to be executed; empty when it is not. Its fragments form no circle."""
    fragments = {node.name.value: node for node in document.definitions if isinstance(node, FragmentDefinitionNode)}
    depths: dict[str, int] = {}
    refusals = []
    for operation in document.definitions:
        if isinstance(operation, OperationDefinitionNode):
            depth = _depth(operation.selection_set, fragments, depths)
            if depth > limits.depth:
                refusals.append(exceeded("depth", depth, limits.depth))
            root_fields = _fields(operation.selection_set, fragments, set())
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


def _fields(selections: SelectionSetNode, fragments: dict[str, FragmentDefinitionNode], met: set[str]) -> int:
    """Fields of one level, those of its fragments with it. A fragment counts once, as it is executed once."""
    count = 0
    for node in selections.selections:
        match node:
            case FieldNode():
                count += 1
            case InlineFragmentNode(selection_set=inside):
                count += _fields(inside, fragments, met)
            case FragmentSpreadNode(name=name) if name.value not in met:
                met.add(name.value)
                count += _fields(fragments[name.value].selection_set, fragments, met)
    return count
