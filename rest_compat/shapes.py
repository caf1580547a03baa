"""The words in which a route declares what it is asked and what it answers: TypedDicts, each member documented.

mypy holds the body functions to them, `rest_compat/openapi.py` publishes them, and the golden cases prove them.
"""

from typing import Annotated, Any

from pydantic import Field


def documented(about: str, example: object, **rules: Any) -> Any:  # noqa: ANN401 as pydantic's Field, which it is
    """What a member means and a value it may have; `rules` as pydantic's Field knows them, such as `pattern`."""
    return Field(description=about, examples=[example], **rules)


Day = Annotated[str, Field(json_schema_extra={"format": "date"})]
Instant = Annotated[str, Field(json_schema_extra={"format": "date-time"})]

# The keys that Cambridge's services share. Examples are rows of the sandbox.
BusinessStreamId = Annotated[
    str, documented("Code of the business stream, the leading zero kept.", "02", pattern="^[0-9]{2}$")
]
SessionId = Annotated[
    str, documented("Number of the session within its stream.", "14244", pattern="^0*[1-9][0-9]{0,17}$")
]
Code = Annotated[str, Field(pattern="^[A-Za-z0-9-]{1,20}$")]
# Printable, which a pattern can say only by half: what is left out besides is unassigned, invisible or a blank.
Name = Annotated[str, Field(min_length=1, max_length=120, pattern=r"^[^\u0000-\u001f\u007f-\u00a0\u00ad]+$")]
