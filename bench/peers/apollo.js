// Apollo Server 5 as its documentation starts it; the old route is a server of its own beside it, in the same process.
import { createServer } from "node:http";
import { ApolloServer } from "@apollo/server";
import { startStandaloneServer } from "@apollo/server/standalone";
import { firstOf, legacyOperation, listening, loaders, resolvers, typeDefs } from "./data.js";

const server = new ApolloServer({ typeDefs, resolvers });
const { url } = await startStandaloneServer(server, {
  context: async () => loaders(),
  listen: { host: "127.0.0.1", port: 0 },
});
const legacy = createServer(async (request, response) => {
  const asked = { query: legacyOperation, variables: { first: firstOf(request.url) } };
  const answer = await server.executeOperation(asked, { contextValue: loaders() });
  response.setHeader("content-type", "application/json");
  response.end(JSON.stringify(answer.body.singleResult.data));
});
legacy.listen(0, "127.0.0.1", () => listening({ main: Number(new URL(url).port), legacy: legacy.address().port }));
