"""Which results are embargoed at which centre, and when they are released."""

from datetime import date

import strawberry

from schema.fields import attribute


@strawberry.type(description="Whether a centre's results in one assessment of a session are held back.")
class Embargo:
    centre_id: strawberry.ID = attribute("Number of the centre, leading zeros kept.")
    qualification_id: strawberry.ID = attribute("The qualification, such as `IGCSE`.")
    assessment_code: str = attribute("Code of the assessment.")
    issued_on: date | None = attribute("Day on which the results are issued; null until it is set.")
    is_embargoed: bool = attribute("Whether they may not be shown yet.")


@strawberry.type(description="When a centre's results of a session are released.")
class Release:
    centre_id: strawberry.ID = attribute("Number of the centre, leading zeros kept.")
    released_on: date | None = attribute("Day on which they are released; null until it is set.")
    is_released: bool = attribute("Whether they are.")
