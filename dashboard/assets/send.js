// The way from the browser to REST: the CSRF token, a key that keeps a write from being done twice, the version that
// was read, and a refusal as the problem that it is.
(function () {
  "use strict";
  const AGAIN = 600;
  const LOST = {
    code: "unreachable", detail: "The server could not be reached.",
    next_step: "Check the connection and send it again: nothing is done twice.", request_id: "", errors: [],
  };
  const SAFE = ["GET", "HEAD"];

  const cookie = (name) => (document.cookie.match(new RegExp("(?:^|; )" + name + "=([^;]*)")) || [])[1] || "";
  const wait = (ms) => new Promise((done) => setTimeout(done, ms));

  // `crypto.randomUUID` is there over HTTPS and on this machine alone.
  function unique() {
    return [...crypto.getRandomValues(new Uint8Array(16))].map((b) => b.toString(16).padStart(2, "0")).join("");
  }

  // Gives {ok, status, body, problem, etag}. Options: `key` (else one is made), `etag` for If-Match, `type` of a body
  // that is text already, `signal`.
  async function send(method, path, body, options) {
    const asked = options || {}, headers = { Accept: "application/json" };
    if (!SAFE.includes(method)) {
      headers["X-CSRF-Token"] = cookie("flotilla_csrf");
      headers["Idempotency-Key"] = asked.key || unique();
    }
    if (asked.etag) headers["If-Match"] = asked.etag;
    if (body !== undefined && body !== null) headers["Content-Type"] = asked.type || "application/json";
    const written = body === undefined || body === null || asked.type ? body : JSON.stringify(body);
    const request = { method, headers, body: written, signal: asked.signal, credentials: "same-origin" };
    const answer = (await reach(path, request)) || (await wait(AGAIN).then(() => reach(path, request)));
    return answer ? read(answer) : { ok: false, status: 0, body: null, problem: LOST, etag: "" };
  }

  async function reach(path, request) {
    try {
      return await fetch(path, request);
    } catch (error) {
      if (error.name === "AbortError") throw error;
      return null;
    }
  }

  async function read(answer) {
    const text = await answer.text().catch(() => "");
    const json = (answer.headers.get("Content-Type") || "").includes("json");
    const body = json && text ? JSON.parse(text) : text || null;
    const problem = answer.ok ? null : { ...LOST, ...told(answer, json ? body : null) };
    const again = answer.headers.get("Idempotency-Replayed") === "true";
    return { ok: answer.ok, status: answer.status, body, problem, etag: answer.headers.get("ETag") || "", again };
  }

  function told(answer, problem) {
    if (problem && problem.detail) return problem;
    return { detail: `The server answered ${answer.status}.`, next_step: "Try again in a moment." };
  }

  // Something was done: a word of it, and the page looks for what is new at once.
  function done(what) {
    if (what) {
      window.flotilla.toast(what, "", "");
      document.querySelectorAll(".toast").forEach((box) => { if (box.dataset.what === what) box.dataset.tone = "good"; });
    }
    window.dash_clientside.set_props("tick", { n_intervals: Date.now() % 1e9 });
  }

  window.flotilla = Object.assign(window.flotilla || {}, { send, done, unique });
})();
