"""When results are issued and released, and when they may be enquired about."""

from datetime import date

import strawberry

from schema.fields import attribute


@strawberry.type(description="The days that matter for the results of one group of qualifications in a session.")
class ResultDates:
    qualification_group_id: strawberry.ID = attribute("Number of the group of qualifications.")
    qualification_group_name: str = attribute("Name of the group, such as `GCSE`.")
    results_issued_on: date | None = attribute("Day on which centres are sent results; null until it is set.")
    results_released_on: date | None = attribute("Day on which candidates may know them; null until it is set.")
    enquiries_open_on: date | None = attribute("First day for enquiries about them; null until it is set.")
    enquiries_close_on: date | None = attribute("Last day for enquiries about them; null until it is set.")
