// GraphQL Yoga 5 on node:http, its parser and validation caches on as they are; with "jit", on graphql-jit.
import { createServer } from "node:http";
import { useGraphQlJit } from "@envelop/graphql-jit";
import { createSchema, createYoga } from "graphql-yoga";
import { admitted, told, wanted } from "./checks.js";
import { firstOf, legacyOperation, listening, loaders, resolvers, typeDefs } from "./data.js";

const plugins = process.argv[2] === "jit" ? [useGraphQlJit()] : [];
const schema = createSchema({ typeDefs, resolvers });
const yoga = createYoga({ schema, plugins, context: loaders, logging: false, graphiql: false, landingPage: false });

async function legacy(request, response) {
  const { schema, parse, validate, execute, contextFactory } = yoga.getEnveloped({});
  const document = parse(legacyOperation);
  validate(schema, document);
  const variableValues = { first: firstOf(request.url) };
  const answer = await execute({ schema, document, variableValues, contextValue: await contextFactory() });
  response.setHeader("content-type", "application/json");
  response.end(JSON.stringify(answer.data));
}

const routed = (request, response) =>
  request.url.startsWith("/graphql") ? yoga(request, response) : legacy(request, response);

function checked(request, response) {
  const started = performance.now();
  if (!admitted(request.headers, (name, value) => response.setHeader(name, value))) {
    response.writeHead(401).end();
    return;
  }
  const route = request.url.split("?")[0];
  response.on("finish", () => {
    const transactionId = response.getHeader("x-transaction-id");
    told(route, request.method, response.statusCode, performance.now() - started, transactionId);
  });
  routed(request, response);
}

const server = createServer(wanted ? checked : routed);
server.listen(0, "127.0.0.1", () => listening({ main: server.address().port, legacy: server.address().port }));
