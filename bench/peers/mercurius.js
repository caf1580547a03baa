// Mercurius on Fastify with jit: 1 and its own loaders. Their cache is off: no key comes twice, and it would serialise.
import Fastify from "fastify";
import mercurius from "mercurius";
import { admitted, told, wanted } from "./checks.js";
import { firstOf, legacyOperation, listening, rootResolvers, sources, typeDefs } from "./data.js";

const loader = (ask, key) => ({
  loader: (queries) => ask(queries.map(({ obj }) => obj[key])),
  opts: { cache: false },
});
const app = Fastify();
if (wanted) {
  app.addHook("onRequest", async (request, reply) => {
    if (!admitted(request.headers, (name, value) => reply.header(name, value))) reply.code(401).send();
  });
  app.addHook("onResponse", async (request, reply) => {
    const transactionId = reply.getHeader("x-transaction-id");
    told(request.routeOptions.url, request.method, reply.statusCode, reply.elapsedTime, transactionId);
  });
}
app.register(mercurius, {
  schema: typeDefs,
  resolvers: rootResolvers,
  loaders: {
    Session: { entries: loader(sources.entriesBySession, "sessionId") },
    Entry: { candidate: loader(sources.candidatesById, "candidateId") },
  },
  jit: 1,
});
app.get("/v1/bench/events", async (request, reply) => {
  const answer = await reply.graphql(legacyOperation, null, { first: firstOf(request.url) });
  return answer.data;
});
await app.listen({ host: "127.0.0.1", port: 0 });
const { port } = app.server.address();
listening({ main: port, legacy: port });
