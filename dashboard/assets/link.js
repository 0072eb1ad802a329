// The line to the server: what fails is tried once more, what is lost is asked less often until it is back, an ended
// session leads to sign-in and back here, and what the server refused is shown.
(function () {
  "use strict";
  const USUAL = 2000, SLOWEST = 30000, PAUSE = 300, PAGE = "page";
  const AWAY = [502, 503, 504], PREFIX = "/t/_dash-", CALLBACK = PREFIX + "update-component";
  const send = window.fetch.bind(window);
  const failed = new Map();
  let wait = USUAL, lost = false, leaving = false;

  const path = (target) => new URL(typeof target === "string" ? target : target.url, location.href).pathname;

  window.fetch = async function (target, options) {
    if (!path(target).startsWith(PREFIX)) return others(target, options);
    let answer;
    try {
      answer = await tried(target, options);
    } catch (error) {
      slowDown();
      throw error;
    }
    if (answer.status === 401) {
      leave();
      return new Promise(() => {}); // The page is left; Dash reads a 401 twice and fails on it.
    }
    if (AWAY.includes(answer.status)) slowDown();
    else recover();
    if (answer.status >= 400 && !AWAY.includes(answer.status)) refused(answer.clone(), options);
    else if (failed.size && answer.ok) mend(output(options));
    return answer;
  };

  // What pages ask REST: it needs the session as well.
  async function others(target, options) {
    const answer = await send(target, options);
    if (answer.status !== 401 || !path(target).startsWith("/api/")) return answer;
    leave();
    return new Promise(() => {});
  }

  // A callback changes nothing: it may be asked twice. While the line is known to be lost the next tick is the retry.
  async function tried(target, options) {
    const again = path(target) === CALLBACK && !lost;
    const early = await window.flotilla.early.take(path(target), options);
    if (early && early.ok) return early;
    try {
      const answer = await send(target, options);
      if (!again || (answer.status !== 500 && !AWAY.includes(answer.status))) return answer;
    } catch (error) {
      if (!again) throw error;
    }
    await new Promise((go) => setTimeout(go, PAUSE * (1 + Math.random())));
    return send(target, options);
  }

  function leave() {
    if (!leaving) location.assign("/login?to=" + encodeURIComponent(location.pathname + location.search));
  }

  function slowDown() {
    wait = Math.min(lost ? wait * 2 : USUAL * 2, SLOWEST);
    lost = true;
    tell();
  }

  function recover() {
    if (!lost) return;
    lost = false;
    tell();
  }

  const tell = () => window.dispatchEvent(new CustomEvent("flotilla-line", { detail: { lost, wait } }));

  // --- what was refused ---------------------------------------------------------------------------------------

  async function refused(answer, options) {
    const told = await answer.json().catch(() => null);
    const problem = told && told.detail ? told : { detail: "The server could not answer.", next_step: "Try again." };
    toast(problem.detail, problem.next_step, problem.request_id);
    mark(output(options), problem);
  }

  function output(options) {
    try { return JSON.parse(options.body).output; } catch { return ""; }
  }

  // The parts that a callback fills keep what they had, and say that it is not the newest; a page says it in its place.
  function mark(name, problem) {
    const parts = name.split(/\.\.+/).map((part) => part.split(".")[0]).filter(Boolean);
    const nodes = parts.map((id) => document.getElementById(id)).filter(Boolean);
    failed.set(name, nodes.map((node) => node.closest(".panel") || node));
    for (const node of failed.get(name)) {
      node.dataset.failed = "Not up to date: " + problem.detail + (problem.request_id ? " · request " + problem.request_id : "");
    }
    if (parts.includes(PAGE)) instead(problem);
  }

  function mend(name) {
    for (const node of failed.get(name) || []) delete node.dataset.failed;
    failed.delete(name);
    const old = document.getElementById("failed");
    if (old && name.includes(PAGE + ".children")) old.remove();
  }

  function instead(problem) {
    const main = document.getElementById(PAGE);
    document.body.classList.remove("going");
    const box = document.getElementById("failed") || main.parentNode.appendChild(document.createElement("div"));
    box.id = "failed";
    box.className = "notice";
    box.dataset.tone = "bad";
    const button = line("button", "Load the page again");
    button.className = "button";
    button.addEventListener("click", () => location.reload());
    box.replaceChildren(line("strong", problem.detail), line("p", problem.next_step), line("code", problem.request_id ? "request " + problem.request_id : ""), button);
  }

  // --- asking for something by hand ---------------------------------------------------------------------------

  // Asks REST; an answer that is none becomes a problem like any other.
  async function ask(method, where, body, options) {
    const headers = { Accept: "application/json", "X-CSRF-Token": window.flotilla.guard() };
    if (body !== undefined) headers["Content-Type"] = "application/json";
    try {
      const answer = await send(where, { method, headers, body: body === undefined ? undefined : JSON.stringify(body), ...options });
      if (answer.status === 401) leave();
      const told = await answer.json().catch(() => null);
      if (answer.ok) return { ok: true, status: answer.status, body: told };
      return { ok: false, status: answer.status, problem: told || { detail: "The server could not answer.", next_step: "Try again." } };
    } catch {
      return { ok: false, status: 0, problem: { detail: "The server does not answer.", next_step: "Try again in a moment." } };
    }
  }

  async function signOut() {
    leaving = true;
    await ask("POST", "/api/auth/sign-out", {});
    location.assign("/login");
  }

  // Once another tenant is entered, what this page asks is refused: it is left by one way only.
  async function enter(id) {
    leaving = true;
    const got = await ask("POST", "/api/auth/enter", { tenant_id: id });
    leaving = got.ok;
    return got;
  }

  function away(to) {
    leaving = true;
    location.assign(to);
  }

  // --- toasts -------------------------------------------------------------------------------------------------

  function toast(what, step, id, tone) {
    const place = document.getElementById("toasts");
    if (!place) return;
    const same = [...place.children].find((old) => old.dataset.what === what);
    const box = same || place.appendChild(document.createElement("div"));
    box.className = "toast";
    box.dataset.what = what;
    box.dataset.tone = tone || "bad";
    box.replaceChildren(line("strong", what), line("span", step), line("code", id ? "request " + id : ""), closer(box));
    clearTimeout(box.timer);
    box.timer = setTimeout(() => box.remove(), 12000);
  }

  function line(tag, text) {
    const node = document.createElement(tag);
    node.textContent = text || "";
    return node;
  }

  function closer(box) {
    const button = line("button", "×");
    button.setAttribute("aria-label", "Dismiss");
    button.addEventListener("click", () => box.remove());
    return button;
  }

  window.flotilla = Object.assign(window.flotilla || {}, { toast, ask, signOut, enter, away });
})();
