"""What a caller can mend in the input of a mutation."""

import strawberry

from schema.fields import attribute


@strawberry.type(description="Something in the input of a mutation that the caller can mend. Nothing was stored.")
class Problem:
    code: str = attribute("What kind of problem it is, as in the extensions of errors: `BAD_USER_INPUT`.")
    message: str = attribute("What is wrong, in words for people.")
    path: list[str] = attribute("Where it is in the input: names of fields, and indexes of lists, from 0.")
    value: str | None = attribute("What is wrong, as it may be shown: personal numbers are masked. Null when not told.")
