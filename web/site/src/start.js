/** Keeps the start page's account of the backends up to date. */

const PAUSE_MS = 5000;

const list = document.getElementById('backends');
const summary = document.getElementById('backends-summary');
let timer;

/** Changes the summary only when it says something new: screen readers read each change aloud. */
function say(text, isBad) {
  if (summary.textContent !== text) summary.textContent = text;
  summary.classList.toggle('bad', isBad);
}

function card({ name, status, latencyMs, breaker }) {
  const item = document.createElement('li');
  item.className = status === 'UP' ? 'backend up' : 'backend down';
  const line = (className, text) => {
    const part = document.createElement('span');
    part.className = className;
    part.textContent = text;
    item.append(part);
  };
  line('backend-name', name);
  line('backend-status', status);
  line('backend-detail', latencyMs === null ? 'no answer' : `${latencyMs.toFixed(1)} ms`);
  line('backend-detail', `breaker ${breaker.toLowerCase().replace('_', ' ')}`);
  return item;
}

function show(backends) {
  list.replaceChildren(...backends.map(card));
  list.removeAttribute('aria-busy');
  const down = backends.filter(({ status }) => status !== 'UP').map(({ name }) => name);
  if (down.length === 0) say(`All ${backends.length} answer.`, false);
  else say(`${down.join(', ')} ${down.length === 1 ? 'does' : 'do'} not answer; the others' fields do.`, true);
}

async function look() {
  clearTimeout(timer);
  if (document.hidden) return;
  try {
    const response = await fetch('/backends.json', { cache: 'no-store', signal: AbortSignal.timeout(PAUSE_MS) });
    if (!response.ok) throw new Error(`status ${response.status}`);
    show((await response.json()).backends);
  } catch {
    say('This server does not answer just now.', true);
    for (const item of list.children) item.classList.add('stale');
  }
  timer = setTimeout(look, PAUSE_MS);
}

document.addEventListener('visibilitychange', look);
look();
