// The sign-in page. A link's token stands behind the address's "#", so no request line, log or referrer ever holds it;
// it is taken out of the address at once and kept in memory for another try. Without one, a person signs in by
// password and Secret Key, of which the server sees neither.
import { busy, drawn, find, guard, post, secretKey, show, tell } from "/static/door.js";
import { hello, prove, read, usable } from "/static/srp.js";

const form = find("form");
let token = "";

function fail(problem) {
  const put = (name, text) => { find(`[data-${name}]`).textContent = text; };
  put("detail", problem.detail);
  put("next", problem.next_step);
  put("request", problem.request_id ? `Request ${problem.request_id}` : "");
  show("failed");
}

// The page that asked for the sign-in: its address here, and its tenant's slug; null where none did.
function wanted() {
  const asked = new URLSearchParams(location.search).get("to");
  if (!asked || !URL.canParse(asked, location.origin)) return null;
  const url = new URL(asked, location.origin), slug = url.pathname.match(/^\/t\/([^/]+)\//);
  return url.origin === location.origin && slug ? { to: url.pathname + url.search, slug: slug[1] } : null;
}

// Where a person goes: back to that page, if it is one of a tenant that is open to the person.
async function onward(home) {
  const page = wanted();
  if (!page) return home;
  return page.to.startsWith(home) || (await change(await other(page.slug))).ok ? page.to : home;
}

// A tenant of the person by its slug; undefined for a stranger, and for somebody who is not signed in.
async function other(slug) {
  try {
    const { items } = await (await fetch("/api/tenants?limit=500")).json();
    return items.find((one) => one.slug === slug);
  } catch {
    return undefined;
  }
}

const change = async (tenant) => (tenant ? post("/api/auth/enter", { tenant_id: tenant.id }, guard()) : { ok: false });

// Somebody who is signed in, and opens a page of another tenant of his, is asked.
async function offer(page) {
  const tenant = await other(page.slug);
  if (!tenant) return show(usable() ? "password" : "insecure");
  if ((await fetch(page.to, { redirect: "manual" })).ok) return location.replace(page.to);
  find("[data-tenant]").textContent = tenant.name;
  find("[data-enter]").onclick = async () => {
    const { ok, problem } = await change(tenant);
    if (ok) return location.replace(page.to);
    find("[data-refused]").textContent = [problem.detail, problem.next_step].join(" ");
    return undefined;
  };
  return show("switch");
}

async function redeem() {
  show("working");
  const { ok, status, answer, problem } = await post("/api/auth/link", { token });
  if (ok) return location.replace(await onward(answer.to));
  if (status === 401 || status === 422) return show("expired");
  return fail(status ? problem : { ...problem, next_step: "Your link is not used up. Try again in a moment." });
}

// Both halves of a sign-in; tells a problem, or goes to the fleet.
async function enter(key) {
  const email = form.elements.email.value.trim(), said = hello(email);
  const begun = await post("/api/auth/srp/begin", { email, A: said.A });
  if (!begun.ok) return begun.problem;
  const proofs = await prove(said, form.elements.password.value, key, begun.answer);
  const done = await post("/api/auth/srp/finish", { handshake: begun.answer.handshake, M1: proofs.M1 });
  if (!done.ok) return done.problem;
  if (done.answer.M2 !== proofs.M2) {
    return { detail: "This server could not prove that it knows you.", next_step: "Do not go on. Tell your administrator." };
  }
  secret.proved(secret.value());
  location.replace(await onward(done.answer.to));
  return null;
}

async function submit(event) {
  event.preventDefault();
  tell(form, null);
  const key = await read(secret.value());
  if (!key) {
    form.elements.key.focus();
    return tell(form, { detail: "This is not a whole Secret Key, or a sign of it is wrong.", next_step: "Compare it with your Emergency Kit: F1 and six groups of five." });
  }
  busy(form, true);
  await drawn();
  const problem = await enter(key).catch((error) => ({ detail: `It did not work: ${error.message}.`, next_step: "Try again; if it stays, tell your administrator." }));
  if (!problem) return undefined;
  busy(form, false);
  tell(form, problem);
  return form.elements.password.select();
}

function begin() {
  token = location.hash.slice(1);
  const page = wanted();
  if (!token && page) return offer(page);
  if (!token) return show(usable() ? "password" : "insecure");
  history.replaceState(null, "", location.pathname + location.search);
  return redeem();
}

const secret = secretKey(form);
form.addEventListener("submit", submit);
find("[data-again]").addEventListener("click", redeem);
window.addEventListener("hashchange", begin);
begin();
