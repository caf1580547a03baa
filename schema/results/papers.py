"""Question papers and their identifiers."""

from datetime import date

import strawberry

from datasources.libs import QuestionPaperRecord
from resolvers.results import papers
from schema.fields import answered_by, attribute
from schema.nodes import Node


@strawberry.type(description="What the candidates of a component are given to answer.")
class QuestionPaper(Node):
    id: strawberry.ID = answered_by(papers.id_of_question_paper, "Global id of the question paper; opaque.")
    business_stream_id: strawberry.ID = attribute("Code of the session's business stream, two digits.")
    session_id: strawberry.ID = attribute("Number of the session within its business stream.")
    identifier: strawberry.ID = attribute("Identifier of the paper, unique within its session.")
    name: str = attribute("Name of the paper.")
    assessment_code: str = attribute("Code of the assessment, such as `9239`.")
    assessment_version: int = attribute("Version of the assessment's syllabus.")
    component_id: strawberry.ID = attribute("Number of the component within its assessment, two digits.")
    barcode: str = attribute("What is printed on it to be scanned.")
    page_count: int = attribute("Pages.")
    sat_on: date | None = attribute("Day on which it is sat; null when there is none set.")

    @classmethod
    def is_type_of(cls, value: object, _info: object) -> bool:
        return isinstance(value, QuestionPaperRecord)


@strawberry.type
class QuestionPaperQueries:
    question_papers: list[QuestionPaper] | None = answered_by(
        papers.question_papers,
        "Question papers of a session, by assessment, version and component; an empty list for a session without any. "
        "Null, with an error, when LIBS does not answer. Needs the scope `results:read`.",
        arguments={
            "business_stream": "Code of the business stream, two digits.",
            "session_id": "Number of the session.",
            "assessment_code": "Only papers of this assessment.",
            "assessment_version": "Only papers of this version of the assessment's syllabus.",
            "component_id": "Only papers of this component, two digits.",
        },
    )
