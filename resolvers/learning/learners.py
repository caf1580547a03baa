"""Whose learning it is: the token's own learner's, or for staff anybody's."""

from strawberry import ID

from datasources.errors import BadUserInput, Forbidden
from resolvers.access import Viewer
from resolvers.context import Info
from resolvers.learning.rules import is_id

OWN, ANYBODYS = "learning:self", "learning:read"


def own_learner(viewer: Viewer, named: str | None = None) -> str:
    """The token's learner, for whoever may do what only that learner may. Raises Unauthenticated, Forbidden.

    When a learner is `named`, it must be that one.
    """
    viewer.require(OWN)
    if viewer.learner is None or not is_id(viewer.learner):
        raise Forbidden("the token is of no learner")
    if named is not None and named != viewer.learner:
        raise Forbidden("that is another learner's")
    return viewer.learner


def learner_to_read(viewer: Viewer, named: str | None) -> str:
    """The learner whose learning is read: the `named` one, else the token's own.

    Raises Unauthenticated, Forbidden; BadUserInput for who may read anybody's and names nobody.
    """
    viewer.require(OWN, ANYBODYS)
    if ANYBODYS not in viewer.scopes:
        return own_learner(viewer, named)
    wanted = viewer.learner if named is None else named
    if wanted is None or not is_id(wanted):
        raise BadUserInput("learnerId", "must name a learner")
    return wanted


async def learner_id(info: Info) -> ID:
    return ID(own_learner(info.context.viewer))
