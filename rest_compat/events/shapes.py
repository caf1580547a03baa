"""Events as the old Events API sends and takes them."""

from typing import Annotated, Any, Literal, NotRequired

from pydantic import Field
from typing_extensions import TypedDict

from rest_compat.shapes import documented

Time = Annotated[str, Field(pattern=r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?$")]
Amount = Annotated[float, Field(ge=0)]
EventId = Annotated[int, documented("Number of the event within its kind.", 1, ge=1)]
CreatedOn = Annotated[Time, documented("When it was stored, in UTC.", "2017-02-14T10:15:30.12")]
EventName = Annotated[str, documented("What happened, in the sender's words.", "Paused", max_length=50)]
ProviderId = Annotated[str, documented("Id of the provider, such as its UKPRN.", "1111", max_length=20)]
LearnerId = Annotated[str, documented("Id of the learner, such as a ULN.", "9999", max_length=20)]
TrainingId = Annotated[str, documented("Id of the framework or standard.", "3333", max_length=20)]
EmployerAccountId = Annotated[str, documented("Id of the employer's account.", "2222", max_length=20)]
ApprenticeshipId = Annotated[int, documented("Groups the events of one apprenticeship.", 444, ge=1)]
ContractType = Annotated[str, documented("What kind of agreement it is.", "ProviderAgreement", max_length=50)]
ResourceUri = Annotated[
    str, documented("Where the Accounts API has what it happened to.", "/api/accounts/abc", max_length=1000)
]
PaymentStatus = Annotated[str | None, documented("Status of the apprenticeship.", "active", max_length=50)]
AgreementStatus = Annotated[str | None, documented("Which parties have agreed.", "agreed", max_length=50)]
TotalCost = Annotated[Amount, documented("What the training costs, in pounds.", 123.45)]
Starts = Annotated[Time, documented("When the training starts.", "2017-01-31T00:00:00")]
Ends = Annotated[Time, documented("When the training ends.", "2017-12-31T00:00:00")]
TypeName = Annotated[str, documented("What type of event it is.", "ABC", max_length=255)]
Payload = Annotated[str, documented("What the sender has to say, as text.", '{"a": 1}')]
ResourceType = Annotated[str | None, documented("What type of thing it happened to.", "Account", max_length=255)]
ResourceId = Annotated[str | None, documented("Id of the thing it happened to.", "abc", max_length=255)]


class PageAsked(TypedDict):
    """Which events, and which page of them."""

    fromDate: NotRequired[
        Annotated[str, documented("Stored at this time or later, as yyyyMMddHHmmss.", "20160131000001")]
    ]
    toDate: NotRequired[Annotated[str, documented("Stored before this time, as yyyyMMddHHmmss.", "20171231235959")]]
    pageSize: NotRequired[Annotated[int, documented("Events of a page: 1 to 10000; 1000 when left out.", 100)]]
    pageNumber: NotRequired[Annotated[int, documented("Number of the page, from 1.", 1)]]
    fromEventId: NotRequired[Annotated[int, documented("From this id on; beside it the dates are not looked at.", 1)]]


class GenericPageAsked(TypedDict):
    """Which generic events, and which page of them."""

    eventType: NotRequired[Annotated[str, documented("Only events of this type.", "ABC")]]
    fromDate: NotRequired[Annotated[str, documented("Stored at this time or later.", "20160131000001")]]
    toDate: NotRequired[Annotated[str, documented("Stored before this time.", "20171231235959")]]
    pageSize: NotRequired[Annotated[int, documented("Events of a page: 1 to 10000; 1000 when left out.", 100)]]
    pageNumber: NotRequired[Annotated[int, documented("Number of the page, from 1.", 1)]]


class GenericSinceAsked(TypedDict):
    """From which generic event on, and which page."""

    eventType: NotRequired[Annotated[str, documented("Only events of this type.", "ABC")]]
    fromEventId: NotRequired[Annotated[int, documented("From this id on.", 1)]]
    pageSize: NotRequired[Annotated[int, documented("Events of a page: 1 to 10000; 1000 when left out.", 100)]]
    pageNumber: NotRequired[Annotated[int, documented("Number of the page, from 1.", 1)]]


class ResourceAsked(TypedDict):
    """The generic events of which resource, and which page of them."""

    resourceType: Annotated[str, documented("What type of thing it happened to.", "Account")]
    resourceId: Annotated[str, documented("Id of the thing it happened to.", "abc")]
    fromDate: NotRequired[Annotated[str, documented("Stored at this time or later.", "20160131000001")]]
    toDate: NotRequired[Annotated[str, documented("Stored before this time.", "20171231235959")]]
    pageSize: NotRequired[Annotated[int, documented("Events of a page: 1 to 10000; 1000 when left out.", 100)]]
    pageNumber: NotRequired[Annotated[int, documented("Number of the page, from 1.", 1)]]


class PriceEpisode(TypedDict):
    """What a training costs from one day on."""

    totalCost: TotalCost
    effectiveFrom: Annotated[Time, documented("From when on it holds.", "2017-01-31T00:00:00")]
    effectiveTo: Annotated[Time | None, documented("Until when it holds.", "2017-12-31T00:00:00")]


class FurtherMembers(TypedDict):
    """What may be told of an apprenticeship besides."""

    paymentOrder: NotRequired[Annotated[int, documented("Place among those that are paid for.", 1)]]
    legalEntityId: NotRequired[Annotated[str, documented("Id of the employer's legal entity.", "L1", max_length=50)]]
    legalEntityName: NotRequired[Annotated[str, documented("Name of the legal entity.", "Acme", max_length=100)]]
    legalEntityOrganisationType: NotRequired[
        Annotated[str, documented("What kind of organisation it is.", "Charity", max_length=20)]
    ]
    accountLegalEntityPublicHashedId: NotRequired[
        Annotated[str, documented("Public id of the legal entity.", "ABC123", max_length=6)]
    ]
    effectiveFrom: NotRequired[Annotated[Time, documented("From when on it holds.", "2017-01-31T00:00:00")]]
    effectiveTo: NotRequired[Annotated[Time, documented("Until when it holds.", "2017-12-31T00:00:00")]]
    dateOfBirth: NotRequired[Annotated[Time, documented("The learner's date of birth.", "1999-01-31T00:00:00")]]
    pausedOnDate: NotRequired[Annotated[Time, documented("When it was paused.", "2017-06-30T00:00:00")]]
    stoppedOnDate: NotRequired[Annotated[Time, documented("When it was stopped.", "2017-06-30T00:00:00")]]
    priceHistory: NotRequired[Annotated[list[PriceEpisode], Field(description="How the price changed.")]]
    transferSenderId: NotRequired[Annotated[int, documented("The account that pays by a transfer.", 123)]]
    transferSenderName: NotRequired[
        Annotated[str, documented("Name of the account that pays.", "Acme Holding", max_length=100)]
    ]
    transferApprovalStatus: NotRequired[
        Annotated[Literal[0, 1, 2], documented("Pending is 0, approved 1, rejected 2.", 1)]
    ]
    transferApprovalActionedOn: NotRequired[
        Annotated[Time, documented("When the transfer was decided on.", "2017-06-30T00:00:00")]
    ]


class ApprenticeshipEvent(FurtherMembers):
    """Something that happened to an apprenticeship."""

    id: EventId
    event: EventName
    apprenticeshipId: ApprenticeshipId
    paymentStatus: PaymentStatus
    agreementStatus: AgreementStatus
    providerId: ProviderId
    learnerId: LearnerId
    trainingType: Annotated[Literal["framework", "standard"], documented("What kind of training it is.", "framework")]
    trainingId: TrainingId
    employerAccountId: EmployerAccountId
    trainingStartDate: Starts
    trainingEndDate: Ends
    trainingTotalCost: TotalCost
    createdOn: CreatedOn


class NewApprenticeshipEvent(FurtherMembers):
    """Something that happened to an apprenticeship, to be stored."""

    event: EventName
    apprenticeshipId: ApprenticeshipId
    paymentStatus: NotRequired[PaymentStatus]
    agreementStatus: NotRequired[AgreementStatus]
    providerId: ProviderId
    learnerId: LearnerId
    trainingType: Annotated[
        Literal["framework", "standard", 1, 2], documented("Framework is 1, standard 2.", "framework")
    ]
    trainingId: TrainingId
    employerAccountId: EmployerAccountId
    trainingStartDate: Starts
    trainingEndDate: Ends
    trainingTotalCost: TotalCost


class NewAgreementEvent(TypedDict):
    """Something that happened to a provider's agreement, to be stored."""

    event: EventName
    providerId: ProviderId
    contractType: ContractType


class AgreementEvent(TypedDict):
    """Something that happened to a provider's agreement."""

    id: EventId
    event: EventName
    providerId: ProviderId
    contractType: ContractType
    createdOn: CreatedOn


class NewAccountEvent(TypedDict):
    """Something that happened to an employer's account, to be stored."""

    event: EventName
    resourceUri: ResourceUri


class AccountEvent(TypedDict):
    """Something that happened to an employer's account."""

    id: EventId
    event: EventName
    resourceUri: ResourceUri
    createdOn: CreatedOn


class NewGenericEvent(TypedDict):
    """An event of a type of the sender's own, to be stored."""

    type: TypeName
    payload: Payload
    resourceType: NotRequired[ResourceType]
    resourceId: NotRequired[ResourceId]


class SentGenericEvent(NewGenericEvent):
    """An event of a type of the sender's own, as it was sent."""

    id: NotRequired[Annotated[Any, documented("What was sent as its id; not the id that it has.", 0)]]
    createdOn: NotRequired[Annotated[Any, documented("What was sent as its time.", "0001-01-01T00:00:00")]]


class GenericEvent(TypedDict):
    """An event of a type of the sender's own."""

    id: EventId
    type: TypeName
    payload: Payload
    resourceType: ResourceType
    resourceId: ResourceId
    createdOn: CreatedOn


Row = dict[str, Any]
