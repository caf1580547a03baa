"""Forms of what is asked about exams: period codes and organisation numbers."""

from datasources.errors import BadUserInput
from datasources.national_ids import is_organisation_number, read_period
from resolvers.context import Info


def require_period(argument: str, value: str) -> str:
    """`value` if it is the form of a period's code. Raises BadUserInput."""
    if read_period(value) is None:
        raise BadUserInput(argument, "must be H or V, a hyphen and a year of four digits, as in V-2018")
    return value


def require_organisation_number(argument: str, value: str) -> str:
    """`value` if it is an organisation's number. Raises BadUserInput."""
    if not is_organisation_number(value):
        raise BadUserInput(argument, "must be an organisation number: nine digits, the last of which checks the others")
    return value


async def require_school(info: Info, argument: str, value: str) -> str:
    """`value` if it is the number of a school that is known, and the viewer's.

    Raises BadUserInput for what is no organisation number and for a school that is not known, Forbidden for another's.
    """
    require_organisation_number(argument, value)
    info.context.viewer.require_organisation(value)
    if value not in await info.context.sources.exams.plan.schools([value]):
        raise BadUserInput(argument, "must be that of a school which is known")
    return value
