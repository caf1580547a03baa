"""What the learning-progress service takes and gives."""

from typing import Annotated, Any, Literal, NotRequired

from pydantic import Field
from typing_extensions import TypedDict

from rest_compat.learning.dialect import Envelope
from rest_compat.shapes import Day, documented

UserId = Annotated[str, documented("The learner, who must be the token's.", "user_123", min_length=1, max_length=256)]
ContentId = Annotated[str, documented("The content.", "content_123", min_length=1, max_length=256)]
CollectionId = Annotated[str, documented("The collection.", "collection_123", max_length=256)]
ContextId = Annotated[str, documented("The batch or programme.", "context_123", max_length=256)]
AttemptId = Annotated[str, documented("What the device calls the attempt.", "attempt_1", min_length=1, max_length=256)]
ProgressDetails = Annotated[
    dict[str, Any], documented("Where the learner is, in the player's own words.", {"mimeType": "a", "progress": 20})
]
TextStatus = Annotated[Literal["0", "1", "2"], documented("Not started, in progress, completed.", "1")]
Status = Annotated[Literal[0, 1, 2], documented("Not started, in progress, completed.", 1)]
Score = Annotated[float, documented("The sum of the scores.", 8)]
MaxScore = Annotated[float, documented("The sum of the greatest scores.", 10)]


class Sender(TypedDict):
    """What a request says of itself. Nothing else is looked at."""

    msgid: NotRequired[Annotated[str, documented("Comes back in the reply.", "5e763bc2-b072-440d-916e-da787881b1b9")]]


class Sent(TypedDict):
    """What a request begins with."""

    id: NotRequired[Annotated[str, documented("Which call it is; not looked at.", "api.view.start")]]
    ver: NotRequired[Annotated[str, documented("Of which version; not looked at.", "v1")]]
    ts: NotRequired[Annotated[str, documented("When it was sent; not looked at.", "2021-06-23 05:37:40:575+0000")]]
    params: NotRequired[Sender]


class StartedContent(TypedDict):
    """A content that is begun."""

    contentId: ContentId
    collectionId: NotRequired[CollectionId]
    contextId: NotRequired[ContextId]


class StartView(Sent):
    """Begins a content."""

    request: StartedContent


class UpdatedContent(TypedDict):
    """How far a learner is with a content."""

    contentId: ContentId
    collectionId: NotRequired[CollectionId]
    contextId: NotRequired[ContextId]
    progressDetails: ProgressDetails
    timeSpent: Annotated[float, documented("Seconds; `timespent` will do, too.", 10, ge=0)]


class UpdateView(Sent):
    """Tells how far a learner is with a content."""

    request: UpdatedContent


class EndedContent(TypedDict):
    """A content that is completed."""

    contentId: ContentId
    collectionId: NotRequired[Annotated[str, documented("The collection; required beside a context.", "collection_1")]]
    contextId: NotRequired[ContextId]
    progressDetails: NotRequired[ProgressDetails]


class EndView(Sent):
    """Completes a content."""

    request: EndedContent


class Viewed(TypedDict):
    """Which views are read."""

    contentId: NotRequired[Annotated[str, documented("The content; required without `context=all`.", "content_123")]]
    collectionId: NotRequired[CollectionId]
    contextId: NotRequired[ContextId]


class ReadViews(Sent):
    """Reads views."""

    request: Viewed


class ReadAsked(TypedDict):
    """Which views."""

    context: NotRequired[
        Annotated[str, documented("`all`: wherever the contents that the ids stand for were viewed.", "all")]
    ]


Done = Annotated[dict[str, str], documented("What was done, by the content.", {"content_123": "Progress started"})]


class Acknowledged(Envelope):
    """Something was done."""

    result: Done


class View(TypedDict):
    """A view."""

    userid: NotRequired[Annotated[str, documented("The learner; with `context=all` alone.", "user_123")]]
    collectionId: NotRequired[CollectionId]
    contextId: NotRequired[ContextId]
    contentId: ContentId
    status: TextStatus
    progressDetails: ProgressDetails


class Views(TypedDict):
    """Views, and what was asked."""

    userId: UserId
    contentId: NotRequired[ContentId]
    collectionId: NotRequired[CollectionId]
    contextId: NotRequired[ContextId]
    type: Annotated[Literal["content", "contextall"], documented("How it was asked.", "content")]
    contents: Annotated[list[View], Field(description="The views: those outside any collection first.")]


class ViewsRead(Envelope):
    """Views."""

    result: Views


class Item(TypedDict):
    """A question."""

    id: Annotated[str, documented("The question.", "q1")]
    maxscore: NotRequired[Annotated[float, documented("What it can score.", 5)]]


class AnswerData(TypedDict):
    """An answer to a question."""

    item: Item
    score: NotRequired[Annotated[float, documented("What it scored.", 4)]]


class AssessEvent(TypedDict):
    """An ASSESS event of telemetry. What else it holds is not documented here."""

    ets: NotRequired[Annotated[float, documented("When, in milliseconds since 1970.", 1624275377301)]]
    edata: AnswerData


class Submitted(TypedDict):
    """An attempt."""

    contentId: ContentId
    collectionId: CollectionId
    contextId: ContextId
    attemptId: AttemptId
    assessments: Annotated[list[AssessEvent], Field(description="The answers.", min_length=1)]
    assessmentTs: NotRequired[
        Annotated[float, documented("When the attempt was made, in milliseconds since 1970.", 1624275377301)]
    ]


class SubmitAssessment(Sent):
    """Submits an attempt."""

    request: Submitted


class Tried(TypedDict):
    """Whose attempts are read."""

    contentId: ContentId
    collectionId: CollectionId
    contextId: ContextId


class ReadAttempts(Sent):
    """Reads attempts."""

    request: Tried


class Attempt(TypedDict):
    """An attempt."""

    attemptId: AttemptId
    score: Score
    max_score: MaxScore


class Attempts(TypedDict):
    """Attempts, and what was asked."""

    userId: UserId
    contentId: ContentId
    collectionId: CollectionId
    contextId: ContextId
    assessments: Annotated[list[Attempt], Field(description="Every attempt, the oldest first.")]


class AttemptsRead(Envelope):
    """Attempts."""

    result: Attempts


class LearnerAsked(TypedDict):
    """Whose."""

    userId: UserId


class BestScore(TypedDict):
    """The best attempt at an assessment."""

    score: Score
    max_score: MaxScore


class CollectionMetadata(TypedDict):
    """What a collection is; nothing when nobody has said."""

    identifier: NotRequired[CollectionId]
    name: NotRequired[Annotated[str, documented("Its name.", "Mathematics")]]
    logo: NotRequired[Annotated[str | None, documented("Where its picture is.", "http://logoimage")]]
    leafNodesCount: NotRequired[Annotated[int, documented("How many contents it is made of.", 4)]]
    description: NotRequired[Annotated[str | None, documented("What it is about.", "Dummy Collection")]]


class IssuedCertificate(TypedDict):
    """A certificate that was issued."""

    name: Annotated[str, documented("Its name.", "Certificate-1")]
    id: Annotated[str, documented("The certificate.", "cert_123")]
    token: Annotated[str, documented("By which its issuer finds it.", "sdfjkldjk23j2kj2k3jk2")]
    lastIssuedOn: Annotated[str, documented("When, in milliseconds since 1970.", "1624275377301")]


class Summary(TypedDict):
    """An enrolment and how far it is."""

    userId: UserId
    collectionId: CollectionId
    contextId: ContextId
    enrolledDate: Annotated[int, documented("When, in milliseconds since 1970.", 1624275377301)]
    active: Annotated[bool, documented("Whether the learner still takes part.", True)]  # noqa: FBT003 an example
    contentStatus: Annotated[dict[str, Status], documented("How far each content is.", {"content_123": 2})]
    assessmentStatus: Annotated[
        dict[str, BestScore],
        documented("The best attempt at each.", {"content_123": {"score": 8, "max_score": 10}}),
    ]
    collection: CollectionMetadata
    issuedCertificates: Annotated[list[IssuedCertificate], Field(description="Certificates that were issued.")]
    completedOn: Annotated[Day | None, documented("The day on which it was completed.", "2021-09-10")]
    progress: Annotated[int, documented("Completed contents, in percent.", 70)]
    status: Status


class Summaries(TypedDict):
    """Every enrolment of a learner."""

    summary: Annotated[list[Summary], Field(description="The enrolments, the newest first.")]


class SummariesRead(Envelope):
    """Every enrolment of a learner."""

    result: Summaries


class NoSummary(TypedDict):
    """The learner is not enrolled there."""


class SummaryRead(Envelope):
    """One enrolment."""

    result: Annotated[Summary | NoSummary, Field(description="The enrolment; nothing when there is none.")]


class Enrolled(TypedDict):
    """Which enrolment."""

    userId: UserId
    collectionId: CollectionId
    contextId: ContextId


class ReadSummary(Sent):
    """Reads one enrolment, or deletes it."""

    request: Enrolled


class DownloadAsked(TypedDict):
    """Whose enrolments, and as what."""

    userId: UserId
    format: NotRequired[Annotated[Literal["csv", "json"], documented("The file's format; CSV when left out.", "json")]]


class FileAsked(TypedDict):
    """Which file."""

    userId: UserId
    format: Annotated[Literal["csv", "json"], documented("The file's format.", "csv")]


class FileName(TypedDict):
    """A file that was written."""

    url: Annotated[str, documented("Its name: found beside this path for 15 minutes.", "user_123_viewer_summary.csv")]


class FileWritten(Envelope):
    """A file was written."""

    result: FileName


class DeleteAsked(TypedDict):
    """Whose enrolments, and whether all of them."""

    userId: UserId
    all: NotRequired[Annotated[str, documented("Every one; `false` is as left out.", "true")]]
