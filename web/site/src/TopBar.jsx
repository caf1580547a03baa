import { useEffect, useState } from 'react';
import { pick, useGraphiQL, useGraphiQLActions } from '@graphiql/react';
import mark from './favicon.svg';
import { describeToken, requestToken, withToken } from './token.js';

const NOTHING = { text: '', failed: false };

function DevelopmentToken({ address }) {
  const { headerEditor, schema, activeTabIndex } = useGraphiQL(pick('headerEditor', 'schema', 'activeTabIndex'));
  const { introspect } = useGraphiQLActions();
  const [isWaiting, setWaiting] = useState(false);
  const [message, setMessage] = useState(NOTHING);

  // Every tab has headers of its own, so what was said about one says nothing about the next.
  useEffect(() => setMessage(NOTHING), [activeTabIndex]);

  async function press() {
    if (isWaiting) return;
    setWaiting(true);
    setMessage(NOTHING);
    try {
      // Checked before a token is asked for: one that cannot be put anywhere would only be lost.
      withToken(headerEditor.getValue(), '');
      const answer = await requestToken(address);
      headerEditor.setValue(withToken(headerEditor.getValue(), answer.token));
      setMessage({ text: describeToken(answer), failed: false });
      if (!schema) introspect();
    } catch (error) {
      setMessage({ text: error.message, failed: true });
    } finally {
      setWaiting(false);
    }
  }

  return (
    <>
      <span
        role="status"
        className={message.failed ? 'playground-message failed' : 'playground-message'}
        title={message.text}
      >
        {message.text}
      </span>
      <button
        type="button"
        className="playground-token"
        disabled={!headerEditor}
        aria-busy={isWaiting}
        onClick={press}
      >
        Use a development token
      </button>
    </>
  );
}

function reasonIn(fetchError) {
  try {
    const answer = JSON.parse(fetchError);
    return answer.errors?.[0]?.message ?? answer.message ?? fetchError;
  } catch {
    return fetchError;
  }
}

function SchemaNotice() {
  const { fetchError, schema, isIntrospecting, responseEditor } = useGraphiQL(
    pick('fetchError', 'schema', 'isIntrospecting', 'responseEditor'),
  );
  const { introspect } = useGraphiQLActions();
  const [problem, setProblem] = useState(null);

  // GraphiQL forgets its error while it asks again; the notice stays until the answer, or the page would jump.
  useEffect(() => {
    if (fetchError) {
      setProblem(fetchError);
    } else if (!isIntrospecting) {
      setProblem(null);
      // GraphiQL also writes the error into the response, and leaves it there.
      if (problem && responseEditor?.getValue() === problem) responseEditor.setValue('');
    }
  }, [fetchError, isIntrospecting, problem, responseEditor]);

  const isMissing = Boolean(problem) && !schema;
  const reason = isMissing ? reasonIn(problem) : '';
  const isOff = /introspection/i.test(reason);
  return (
    <div role="status" className="playground-notice" hidden={!isMissing}>
      {isMissing && (
        <>
          <p>
            <strong>{isOff ? 'Introspection is off for this request.' : 'The schema could not be read.'}</strong>{' '}
            Queries still run; completion, checks and the docs panel stay empty.{' '}
            <span className="reason">{reason}</span>
          </p>
          <button type="button" disabled={isIntrospecting} onClick={() => introspect()}>
            Try again
          </button>
        </>
      )}
    </div>
  );
}

export function TopBar({ developmentToken }) {
  return (
    <header>
      <div className="playground-bar">
        <a className="playground-name" href="/" title="examgraph home">
          <img src={mark} alt="" width="22" height="22" />
          <span>examgraph</span>
        </a>
        <h1>playground</h1>
        {developmentToken && <DevelopmentToken address={developmentToken} />}
      </div>
      <SchemaNotice />
    </header>
  );
}
