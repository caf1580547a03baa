import 'graphiql/setup-workers/vite';
import { DOC_EXPLORER_PLUGIN, DocExplorerStore } from '@graphiql/plugin-doc-explorer';
import { GraphiQLProvider, useGraphiQLActions } from '@graphiql/react';
import { GraphiQL, GraphiQLInterface } from 'graphiql';
import { useEffect } from 'react';
import { createRoot } from 'react-dom/client';

// Not graphiql/style.css: it repeats the editor's own styles and carries half a megabyte of fonts.
import '@graphiql/react/style.css';
import '@graphiql/plugin-doc-explorer/style.css';
import 'graphiql/graphiql.css';
import './style.css';

import { createFetcher } from './fetcher.js';
import { readSettings, startingValues } from './settings.js';
import { TopBar } from './TopBar.jsx';

const settings = readSettings();
const { operationName, ...start } = startingValues(settings);
const fetcher = createFetcher(settings.endpoint);
const visibleEditor = settings.developmentToken && !start.initialVariables ? 'headers' : 'variables';

/** Chooses the operation the address names, once; the provider's own prop would overrule every later choice. */
function StartingOperation() {
  const { setOperationName } = useGraphiQLActions();
  useEffect(() => {
    if (operationName) setOperationName(operationName);
  }, [setOperationName]);
  return null;
}

// Without GraphiQL's history plugin: it keeps the headers of every request in the browser's storage, tokens included,
// whatever shouldPersistHeaders says.
const plugins = [DOC_EXPLORER_PLUGIN];

function Playground() {
  return (
    <GraphiQLProvider
      {...start}
      fetcher={fetcher}
      plugins={plugins}
      referencePlugin={DOC_EXPLORER_PLUGIN}
      shouldPersistHeaders={false}
      inputValueDeprecation
      schemaDescription
    >
      <DocExplorerStore>
        <StartingOperation />
        <div className="graphiql-container playground">
          <TopBar developmentToken={settings.developmentToken} />
          <GraphiQLInterface defaultEditorToolsVisibility={visibleEditor} showPersistHeadersSettings={false}>
            <GraphiQL.Logo>{null}</GraphiQL.Logo>
          </GraphiQLInterface>
        </div>
      </DocExplorerStore>
    </GraphiQLProvider>
  );
}

createRoot(document.getElementById('playground')).render(<Playground />);
