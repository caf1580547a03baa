/** Sends what GraphiQL asks for to the endpoint. */

const failure = (message, extensions) => ({ errors: [{ message, ...(extensions && { extensions }) }] });

function isSubscription(document, operationName) {
  const operations = document?.definitions.filter((definition) => definition.kind === 'OperationDefinition') ?? [];
  const chosen = operationName
    ? operations.find((operation) => operation.name?.value === operationName)
    : operations[0];
  return chosen?.operation === 'subscription';
}

/** Posts one request; every failure becomes a GraphQL error. */
async function send(endpoint, parameters, extraHeaders) {
  const headers = new Headers({
    accept: 'application/graphql-response+json, application/json',
    'content-type': 'application/json',
  });
  let response;
  let text;
  try {
    for (const [name, value] of Object.entries(extraHeaders ?? {})) headers.set(name, String(value));
    response = await fetch(endpoint, { method: 'POST', headers, body: JSON.stringify(parameters) });
    text = await response.text();
  } catch (error) {
    return failure(`The request was not answered: ${error.message}`);
  }
  let answer;
  try {
    answer = JSON.parse(text);
  } catch {
    return failure(`The server answered with status ${response.status} and no JSON.`, { text: text.slice(0, 2000) });
  }
  if (answer !== null && typeof answer === 'object' && ('data' in answer || 'errors' in answer)) return answer;
  return failure(`The server answered with status ${response.status} and no GraphQL result.`, { answer });
}

export function createFetcher(endpoint) {
  return async function fetcher(parameters, options = {}) {
    if (isSubscription(options.documentAST, parameters.operationName)) {
      return failure('Subscriptions cannot be run from this playground yet; queries and mutations can.');
    }
    const answer = await send(endpoint, parameters, options.headers);
    if (parameters.operationName === 'IntrospectionQuery' && !answer.data) {
      // Where introspection is off each of its fields is an error; the first says it all. The "data" keeps GraphiQL
      // from asking once more in the words of a much older GraphQL.
      return { data: null, errors: answer.errors?.slice(0, 1) };
    }
    return answer;
  };
}
