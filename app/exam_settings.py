"""Settings of the exams family: whose numbers are accepted, what is offered, and how much is processed at once."""

from pydantic import Field

from app.connections import Group


class ExamSettings(Group):
    """Exams: registrations, grades, examiners."""

    accepts_synthetic_people: bool | None = None
    """Accept national numbers of people who do not exist (month + 40 or + 80). Left out: not in production."""
    follows_2032: bool = False
    """Accept national numbers with the check digits that are issued from 2032 on."""
    offers_examiner_assignments: bool | None = None
    """Tell who examines at a school. Left out: not in production."""
    registrations_at_once: int = Field(3, ge=0, le=50)
    """Registrations that one process works on side by side; 0 leaves them to other processes."""
