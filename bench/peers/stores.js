// The sources that every peer batches over: from memory, from SQLite, from PostgreSQL. One method a question; those of
// a level take all its keys and answer in their order.
import { readFileSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import pg from "pg";

const CONNECTIONS = 8;
const EVENT = "id event apprenticeshipId agreementStatus paymentStatus providerId learnerId employerAccountId trainingType trainingId trainingStart trainingEnd cost createdOn";
const SESSION = "sessionId businessStreamId name year startsAt";
const ENTRY = "entryId centreId candidateNumber qualification option sessionId candidateId";
const CANDIDATE = "candidateId familyName givenName birthYear isPrivate";

const column = (name) => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
const selected = (names, table) =>
  `SELECT ${names.split(" ").map((name) => `${column(name)} AS "${name}"`).join(", ")} FROM bench_${table}`;

const grouped = (rows, keys, name) => {
  const found = Map.groupBy(rows, (row) => row[name]);
  return keys.map((key) => found.get(key) ?? []);
};
const byKey = (rows, keys, name) => {
  const found = new Map(rows.map((row) => [row[name], row]));
  return keys.map((key) => found.get(key) ?? null);
};
// JSON and SQLite know no instants, and SQLite no truth.
const readable = (instants, truths = []) => (row) => {
  for (const name of instants) row[name] = new Date(row[name].replace(" ", "T").replace(/Z?$/, "Z"));
  for (const name of truths) row[name] = Boolean(row[name]);
  return row;
};
const readableEvent = readable(["trainingStart", "trainingEnd", "createdOn"]);
const readableSession = readable(["startsAt"]);
const readableCandidate = readable([], ["isPrivate"]);

function memory(path) {
  const records = JSON.parse(readFileSync(path, "utf8"));
  const events = records.events.map(readableEvent);
  const eventById = new Map(events.map((event) => [event.id, event]));
  const sessionsByStream = Map.groupBy(records.sessions.map(readableSession), (session) => session.businessStreamId);
  const entriesBySession = Map.groupBy(records.entries, (entry) => entry.sessionId);
  const candidateById = new Map(records.candidates.map((candidate) => [candidate.candidateId, candidate]));
  return {
    pageOfEvents: async (first) => events.slice(0, first),
    eventById: async (id) => eventById.get(id) ?? null,
    sessionsByStream: async (stream) => sessionsByStream.get(stream) ?? [],
    entriesBySession: async (keys) => keys.map((key) => entriesBySession.get(key) ?? []),
    candidatesById: async (keys) => keys.map((key) => candidateById.get(key) ?? null),
  };
}

// node:sqlite, which is synchronous as all of Node's fast drivers are; statements prepared once.
function sqlite(path) {
  const database = new DatabaseSync(path, { readOnly: true });
  const among = "IN (SELECT value FROM json_each(?))";
  const page = database.prepare(`${selected(EVENT, "event")} ORDER BY id LIMIT ?`);
  const one = database.prepare(`${selected(EVENT, "event")} WHERE id = ?`);
  const ofStream = database.prepare(`${selected(SESSION, "session")} WHERE business_stream_id = ? ORDER BY session_id`);
  const ofSessions = database.prepare(`${selected(ENTRY, "entry")} WHERE session_id ${among} ORDER BY entry_id`);
  const candidates = database.prepare(`${selected(CANDIDATE, "candidate")} WHERE candidate_id ${among}`);
  return {
    pageOfEvents: async (first) => page.all(first).map(readableEvent),
    eventById: async (id) => one.all(id).map(readableEvent)[0] ?? null,
    sessionsByStream: async (stream) => ofStream.all(stream).map(readableSession),
    entriesBySession: async (keys) => grouped(ofSessions.all(JSON.stringify(keys)), keys, "sessionId"),
    candidatesById: async (keys) =>
      byKey(candidates.all(JSON.stringify(keys)).map(readableCandidate), keys, "candidateId"),
  };
}

// pg and its pool, every statement by name, so that the server plans it once a connection.
function postgres(url) {
  const pool = new pg.Pool({ connectionString: url, max: CONNECTIONS });
  const rows = async (name, text, ...values) => (await pool.query({ name, text, values })).rows;
  const page = `${selected(EVENT, "event")} ORDER BY id LIMIT $1`;
  const one = `${selected(EVENT, "event")} WHERE id = $1`;
  const ofStream = `${selected(SESSION, "session")} WHERE business_stream_id = $1 ORDER BY session_id`;
  const ofSessions = `${selected(ENTRY, "entry")} WHERE session_id = ANY($1) ORDER BY entry_id`;
  const candidates = `${selected(CANDIDATE, "candidate")} WHERE candidate_id = ANY($1)`;
  return {
    pageOfEvents: (first) => rows("page", page, first),
    eventById: async (id) => (await rows("one", one, id))[0] ?? null,
    sessionsByStream: (stream) => rows("stream", ofStream, stream),
    entriesBySession: async (keys) => grouped(await rows("sessions", ofSessions, keys), keys, "sessionId"),
    candidatesById: async (keys) => byKey(await rows("candidates", candidates, keys), keys, "candidateId"),
  };
}

export const sources = { memory, sqlite, postgres }[process.env.BENCH_STORE](process.env.BENCH_PLACE);
