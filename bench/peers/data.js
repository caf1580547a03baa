// The bench's schema, its resolvers and what they batch with.
import DataLoader from "dataloader";
import { GraphQLScalarType, Kind } from "graphql";
import { sources } from "./stores.js";

export { sources };

export const loaders = () => ({
  entriesBySession: new DataLoader(sources.entriesBySession),
  candidateById: new DataLoader(sources.candidatesById),
});

export const typeDefs = /* GraphQL */ `
  scalar DateTime
  enum AgreementStatus { DRAFT SIGNED WITHDRAWN }
  type Event {
    id: ID!
    event: String!
    apprenticeshipId: Int!
    agreementStatus: AgreementStatus!
    paymentStatus: String!
    providerId: ID!
    learnerId: ID!
    employerAccountId: ID!
    trainingType: String!
    trainingId: String!
    trainingStart: DateTime!
    trainingEnd: DateTime!
    cost: Float!
    createdOn: DateTime!
  }
  type Candidate {
    candidateId: ID!
    familyName: String!
    givenName: String!
    birthYear: Int!
    isPrivate: Boolean!
  }
  type Entry {
    entryId: ID!
    centreId: ID!
    candidateNumber: Int!
    qualification: String!
    option: String!
    candidate: Candidate
  }
  type Session {
    sessionId: ID!
    businessStreamId: ID!
    name: String!
    year: Int!
    startsAt: DateTime!
    entries: [Entry!]!
  }
  type Query {
    events(first: Int! = 100): [Event!]!
    event(id: ID!): Event
    sessions(businessStream: ID!): [Session!]!
  }
`;

const DateTime = new GraphQLScalarType({
  name: "DateTime",
  // Whole seconds, as all servers of the bench write them.
  serialize: (value) => value.toISOString().slice(0, 19) + "Z",
  parseValue: (value) => new Date(value),
  parseLiteral: (node) => (node.kind === Kind.STRING ? new Date(node.value) : null),
});

export const rootResolvers = {
  DateTime,
  Query: {
    events: (_root, { first }) => sources.pageOfEvents(first),
    event: (_root, { id }) => sources.eventById(id),
    sessions: (_root, { businessStream }) => sources.sessionsByStream(businessStream),
  },
};

export const resolvers = {
  ...rootResolvers,
  Session: { entries: (session, _arguments, context) => context.entriesBySession.load(session.sessionId) },
  Entry: { candidate: (entry, _arguments, context) => context.candidateById.load(entry.candidateId) },
};

// The operation behind the old route.
export const legacyOperation = process.env.BENCH_LEGACY;

export function firstOf(url) {
  const first = Number(new URL(url, "http://localhost").searchParams.get("first") ?? 100);
  if (!Number.isInteger(first) || first < 1 || first > 1000) throw new RangeError("first must be 1 to 1000");
  return first;
}

export const listening = (ports) => console.log(JSON.stringify(ports));
