/** The sandbox's development token: asking for one, putting it among the headers, telling about it. */
import { parse } from 'jsonc-parser';

/** The headers in the editor's text, which may hold comments and trailing commas, as GraphiQL allows. */
function readHeaders(text) {
  const errors = [];
  const headers = parse(text, errors, { allowTrailingComma: true, allowEmptyContent: true }) ?? {};
  if (errors.length > 0 || typeof headers !== 'object' || Array.isArray(headers)) {
    throw new Error('The Headers editor does not hold a JSON object. Correct or empty it, then press again.');
  }
  return headers;
}

/** The editor's text with this token, in plain JSON; header names ignore case, so any other spelling goes. */
export function withToken(text, token) {
  const kept = Object.entries(readHeaders(text)).filter(([name]) => name.toLowerCase() !== 'authorization');
  return JSON.stringify({ ...Object.fromEntries(kept), Authorization: `Bearer ${token}` }, null, 2);
}

function reasonOf(answer) {
  return answer?.errors?.[0]?.message ?? answer?.detail ?? answer?.message ?? answer?.error ?? answer?.title;
}

export async function requestToken(address) {
  let response;
  try {
    response = await fetch(address, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{}',
    });
  } catch (error) {
    throw new Error(`No development token: the server did not answer (${error.message}).`);
  }
  const answer = await response.json().catch(() => null);
  if (!response.ok || typeof answer?.token !== 'string') {
    const reason = reasonOf(answer);
    const told = typeof reason === 'string' ? reason : `the server answered with status ${response.status}`;
    throw new Error(`No development token: ${told}`);
  }
  return answer;
}

function expiryOf(text) {
  const moment = new Date(text);
  if (Number.isNaN(moment.valueOf())) return text;
  const time = moment.toLocaleTimeString([], { hour: '2-digit', minute: '2-digit' });
  const today = moment.toDateString() === new Date().toDateString();
  return today ? time : `${moment.toLocaleDateString([], { day: 'numeric', month: 'short' })} ${time}`;
}

/** One line for the top bar. */
export function describeToken({ scopes, expiresAt }) {
  const parts = ['Development token set'];
  if (Array.isArray(scopes) && scopes.length > 0) {
    const names = scopes.join(', ');
    const label = scopes.length === 1 ? 'scope' : 'scopes';
    parts.push(names.length <= 48 ? `${label} ${names}` : `all ${scopes.length} ${label}`);
  }
  if (expiresAt) parts.push(`expires ${expiryOf(expiresAt)}`);
  return parts.join(' · ');
}
