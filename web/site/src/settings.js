/** What the server and the page's address say about this visit. */

const STORED_TABS = 'graphiql:tabState';

const WITH_BUTTON = `# Welcome to examgraph. Press the
# development-token button first (sandbox only).`;
const WITHOUT_BUTTON = `# Welcome to examgraph. Put an Authorization
# header into the Headers editor below first.`;

const EXAMPLE = `query SessionsOfEveryStream {
  # Every stream asks the backend it lives on.
  businessStreams {
    code
    name
    sessions(first: 3) {
      edges {
        node {
          id
          sessionId
          name
          year
          type
          status
          startsOn
          endsOn
        }
      }
      # Next page: sessions(after: endCursor)
      pageInfo {
        hasNextPage
        endCursor
      }
    }
  }
  # The servers behind them, as last checked.
  epsServers {
    name
    status
    checkedAt
  }
}
`;

const asText = (value) =>
  value == null || typeof value === 'string' ? (value ?? undefined) : JSON.stringify(value, null, 2);

/** The settings block of the page, with defaults for what it leaves out. */
export function readSettings() {
  let given = {};
  try {
    given = JSON.parse(document.getElementById('examgraph-settings')?.textContent || '{}') ?? {};
  } catch (error) {
    console.warn('The settings of the page are not JSON; defaults are used.', error);
  }
  return {
    endpoint: given.endpoint || '/graphql',
    developmentToken: given.developmentToken || null,
    query: asText(given.query),
    variables: asText(given.variables),
  };
}

/** `query`, `variables` and `operationName` of the page's address; the part before `#` wins. */
function readAddress() {
  const before = new URLSearchParams(window.location.search);
  const after = new URLSearchParams(window.location.hash.slice(1));
  const read = (name) => before.get(name) ?? after.get(name) ?? undefined;
  return { query: read('query'), variables: read('variables'), operationName: read('operationName') };
}

function hasStoredTabs() {
  try {
    return window.localStorage.getItem(STORED_TABS) !== null;
  } catch {
    return false;
  }
}

/**
 * What the editors start with: the address, else the tabs of the last visit, else the settings, else the example.
 *
 * A query that is given always brings its own variables, if only empty ones: those of an earlier tab would not fit it.
 */
export function startingValues(settings) {
  const address = readAddress();
  const defaultQuery = `${settings.developmentToken ? WITH_BUTTON : WITHOUT_BUTTON}\n${EXAMPLE}`;
  const start = { defaultQuery, operationName: address.operationName };
  if (address.query !== undefined || address.variables !== undefined) {
    start.initialQuery = address.query ?? settings.query ?? defaultQuery;
    start.initialVariables = address.variables ?? '';
  } else if (settings.query !== undefined && !hasStoredTabs()) {
    start.initialQuery = settings.query;
    start.initialVariables = settings.variables ?? '';
  }
  return start;
}
