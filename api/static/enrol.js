// The page of an enrolment link: a password is chosen, the Secret Key is made here, and the Emergency Kit is shown. The
// server is given a verifier, from which neither can be read. The link's token is taken out of the address at once.
import { busy, drawn, find, memory, post, show, tell } from "/static/door.js";
import { enrol, fresh, read, usable } from "/static/srp.js";
import { watch } from "/static/strength.js";

const TITLES = { invitation: "Welcome to", recovery: "A new password for", setup: "Set up your sign-in for" };
const choose = find("#choose"), kit = find("#kit");
let token = "", email = "", secret = "";

const put = (name, text) => { for (const place of document.querySelectorAll(`[data-${name}]`)) place.textContent = text; };

function fail(problem) {
  put("detail", problem.detail);
  put("next", problem.next_step);
  put("request", problem.request_id ? `Request ${problem.request_id}` : "");
  show("failed");
}

async function look() {
  show("working");
  const { ok, status, answer, problem } = await post("/api/auth/enrolment/look", { token });
  if (status === 401 || status === 422) return show("expired");
  if (!ok) return fail(problem);
  email = answer.email;
  choose.elements.email.value = email;
  put("title", `${TITLES[answer.purpose]} ${answer.tenant}`);
  put("email", email);
  put("origin", location.origin);
  return show("choose");
}

async function makeKit(event) {
  event.preventDefault();
  if (!secret) secret = await fresh();
  put("key", secret);
  put("made", new Date().toISOString().slice(0, 10));
  show("kit");
}

async function finish(event) {
  event.preventDefault();
  tell(kit, null);
  busy(kit, true);
  await drawn();
  const stored = await enrol(choose.elements.chosen.value, await read(secret));
  const { ok, status, answer, problem } = await post("/api/auth/enrolment", { token, ...stored });
  if (ok) {
    if (kit.elements.remember.checked) memory.keep(email, secret);
    else memory.forget();
    return location.replace(answer.to);
  }
  busy(kit, false);
  if (status === 401) return show("expired");
  return tell(kit, problem);
}

async function copy() {
  const said = find("[data-copied]");
  try {
    await navigator.clipboard.writeText(secret);
    said.textContent = "Copied.";
  } catch {
    said.textContent = "This browser does not let a page copy: select the key and copy it.";
  }
}

function begin() {
  token = location.hash.slice(1);
  if (!token) return show("missing");
  if (!usable()) return show("insecure");
  history.replaceState(null, "", location.pathname);
  return look();
}

watch(choose, () => email);
choose.addEventListener("submit", makeKit);
kit.addEventListener("submit", finish);
find("[data-print]").addEventListener("click", () => window.print());
find("[data-copy]").addEventListener("click", copy);
find("[data-back]").addEventListener("click", () => show("choose"));
find("[data-again]").addEventListener("click", look);
window.addEventListener("hashchange", begin);
begin();
