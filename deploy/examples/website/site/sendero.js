// Sendero's public API, as a page of another site calls it.

const settings = await (await fetch("settings.json")).json();

export const api = settings.api;

// What was refused: `detail` in the reader's language, `errors` by field, `code` such as "slot-taken".
export class Refused extends Error {
  constructor(status, problem, retryAfter) {
    super(problem.detail || problem.title || String(status));
    this.status = status;
    this.code = (problem.type || "").split(":").pop();
    this.errors = problem.errors || [];
    this.retryAfter = retryAfter;
  }
}

// Nothing came back: the same may be sent again.
export class Unreached extends Error {}

let language = "es";
export const speak = (chosen) => { language = chosen; };

const ask = async (method, path, {body, headers = {}} = {}) => {
  let answer;
  try {
    answer = await fetch(`${api}/api/v1${path}`, {
      method,
      credentials: "omit",
      headers: {
        "Accept-Language": language,
        ...(body === undefined ? {} : {"Content-Type": "application/json"}),
        ...headers,
      },
      body: body === undefined ? undefined : JSON.stringify(body),
      signal: AbortSignal.timeout(30000),
    });
  } catch (error) {
    throw new Unreached(String(error));
  }
  const found = await answer.json().catch(() => ({}));
  if (!answer.ok) throw new Refused(answer.status, found, Number(answer.headers.get("Retry-After")) || null);
  return found;
};

// All items of a list, page by page.
const all = async (path) => {
  const items = [];
  let after = null;
  do {
    const joined = path.includes("?") ? "&" : "?";
    const page = await ask("GET", after ? `${path}${joined}after=${encodeURIComponent(after)}` : path);
    items.push(...page.items);
    after = page.next;
  } while (after);
  return items;
};

const q = encodeURIComponent;

export const pathways = () => all("/pathways");
export const offices = (pathway) => all(`/offices?pathway=${q(pathway)}`);
export const times = (office, pathway) => all(`/offices/${q(office)}/slots?pathway=${q(pathway)}&limit=200`);

// One key for one and the same booking, however often it is sent.
const newKey = () => [...crypto.getRandomValues(new Uint8Array(16))].map((one) => one.toString(16).padStart(2, "0")).join("");
let last = {body: "", key: ""};

export const book = (booking) => {
  const body = JSON.stringify(booking);
  if (last.body !== body) last = {body, key: newKey()};
  return ask("POST", "/appointments", {body: booking, headers: {"Idempotency-Key": last.key}});
};

const own = ({reference, code}) => {
  const bytes = new TextEncoder().encode(`${reference}:${code}`);
  return {Authorization: `Basic ${btoa(String.fromCharCode(...bytes))}`};
};

export const appointment = (mine) => ask("GET", `/appointments/${q(mine.reference)}`, {headers: own(mine)});
export const cancel = (mine) => ask("POST", `/appointments/${q(mine.reference)}/cancellation`, {body: {}, headers: own(mine)});
