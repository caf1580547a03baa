"""What can be asked, changed and followed about exams."""

import strawberry

from schema.exams.grades import GradeQueries
from schema.exams.plan import ExamPlanQueries
from schema.exams.registering import RegistrationMutations
from schema.exams.registrations import RegistrationQueries, RegistrationSubscriptions


@strawberry.type
class ExamQueries(ExamPlanQueries, RegistrationQueries, GradeQueries):
    pass


@strawberry.type
class ExamMutations(RegistrationMutations):
    pass


@strawberry.type
class ExamSubscriptions(RegistrationSubscriptions):
    pass
