"""What a parser says of a payload, in words that may be shown: short, printable, without personal numbers."""

import re

# A namespace before a name, as libxml2 writes it.
NAMESPACE = re.compile(r"\{[a-z]+:[^}\s]*\}")
# The digits of a personal number, a blank among them or not, and all longer ones; the first six may be shown.
NUMBER = re.compile(r"([0-9]{6})[\s-]?[0-9]{3,}")
TOLD_CHARACTERS = 300
# More than this is not looked at: a value may be a quarter of a megabyte, and is quoted.
READ_CHARACTERS = 2000


def told(words: str) -> str:
    """`words` as the caller may read them."""
    shown = NUMBER.sub(r"\1*****", NAMESPACE.sub("", words[:READ_CHARACTERS]))
    printable = "".join(character if character.isprintable() else " " for character in shown)
    short = " ".join(printable.split())
    return short if len(short) <= TOLD_CHARACTERS else f"{short[: TOLD_CHARACTERS - 1]}…"
