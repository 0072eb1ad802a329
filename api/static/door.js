// What the pages at the door share: which state is shown, how the server is asked, what this browser remembers.

export const find = (selector) => document.querySelector(selector);

export function show(state) {
  for (const section of document.querySelectorAll("[data-state]")) section.hidden = section.dataset.state !== state;
  const section = find(`[data-state="${state}"]`), field = section.querySelector("[autofocus]");
  (field && field.value ? section.querySelector("[type=password]") : field ?? section.querySelector("h1")).focus();
}

// Asks the server; an answer that is none becomes a problem like any other.
export async function post(path, body, headers = {}) {
  try {
    const response = await fetch(path, {
      method: "POST",
      headers: { "Content-Type": "application/json", ...headers },
      body: JSON.stringify(body),
    });
    const answer = await response.json();
    return response.ok ? { ok: true, answer } : { ok: false, status: response.status, problem: answer };
  } catch {
    return { ok: false, status: 0, problem: { detail: "The server does not answer.", next_step: "Try again in a moment." } };
  }
}

// The header by which the server knows that one of its own pages asks.
export function guard() {
  const kept = document.cookie.match(/(?:^|; )(?:__Host-)?flotilla_csrf=([^;]+)/);
  return kept ? { "X-CSRF-Token": decodeURIComponent(kept[1]) } : {};
}

// Says what went wrong in the place of a form that is kept for it.
export function tell(form, problem) {
  const place = form.querySelector("[role=alert]");
  place.replaceChildren();
  place.hidden = !problem;
  if (!problem) return;
  const lines = [problem.detail, problem.next_step, problem.request_id ? `Request ${problem.request_id}` : ""];
  for (const text of lines.filter(Boolean)) place.appendChild(document.createElement("p")).textContent = text;
}

// Keeps a form from being sent twice, and says that something is under way.
export function busy(form, working) {
  const button = form.querySelector("button[type=submit]");
  button.disabled = working;
  form.setAttribute("aria-busy", String(working));
  form.querySelector("[data-busy]").hidden = !working;
}

// Lets the browser draw what was said before it is kept busy.
export const drawn = () => new Promise((go) => requestAnimationFrame(() => setTimeout(go)));

const PLACE = "flotilla.signin";

// Whose Secret Key this browser remembers, if it was asked to.
export const memory = {
  get() {
    try {
      const kept = JSON.parse(localStorage.getItem(PLACE));
      return kept && kept.email && kept.key ? kept : null;
    } catch {
      return null;
    }
  },
  keep(email, key) {
    try { localStorage.setItem(PLACE, JSON.stringify({ email: email.toLowerCase(), key })); } catch { /* Not allowed here. */ }
  },
  forget() {
    try { localStorage.removeItem(PLACE); } catch { /* Not allowed here. */ }
  },
  of(email) {
    const kept = this.get();
    return kept && kept.email === email.trim().toLowerCase() ? kept.key : null;
  },
};

export const masked = (key) => `${key.slice(0, 8)}-•••••-•••••-…`;

// The part of a form that asks for the Secret Key: it stands masked where this browser remembers that of the address.
export function secretKey(form) {
  const { email, key, remember } = form.elements, kept = form.querySelector("[data-kept]");
  const asked = form.querySelector("[data-asked]");
  const look = () => {
    const known = memory.of(email.value);
    kept.hidden = !known;
    asked.hidden = Boolean(known);
    key.required = !known;
    kept.querySelector("code").textContent = known ? masked(known) : "";
  };
  if (memory.get() && !email.value) email.value = memory.get().email;
  email.addEventListener("input", look);
  form.querySelector("[data-forget]").addEventListener("click", () => { memory.forget(); look(); key.focus(); });
  look();
  return {
    value: () => memory.of(email.value) ?? key.value,
    proved: (text) => { if (remember.checked && key.required) memory.keep(email.value.trim(), text); },
  };
}
