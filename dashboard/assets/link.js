// The line to the server: says when it is lost, asks less often until it is back, goes to sign-in when the session
// ended, and shows what the server refused. Also the live dot: how old the newest data are.
(function () {
  "use strict";
  const USUAL = 2000, SLOWEST = 30000;
  const send = window.fetch.bind(window);
  let wait = USUAL, lost = false, paused = false, word = null, shown = "";

  const props = (id, values) => window.dash_clientside.set_props && window.dash_clientside.set_props(id, values);
  const isOurs = (url) => new URL(url, location.href).pathname.startsWith("/t/_dash-");

  window.fetch = async function (target, options) {
    const url = typeof target === "string" ? target : target.url;
    if (!isOurs(url)) return send(target, options);
    let answer;
    try {
      answer = await send(target, options);
    } catch (error) {
      slowDown();
      throw error;
    }
    if (answer.status === 401) {
      location.assign("/login");
      return new Promise(() => {}); // The page is left; Dash reads a 401 twice and fails on it.
    }
    if (answer.status === 502 || answer.status === 503 || answer.status === 504) slowDown();
    else if (answer.status >= 400) { recover(); explain(answer.clone()); }
    else recover();
    return answer;
  };

  function slowDown() {
    lost = true;
    wait = Math.min(wait * 2, SLOWEST);
    props("tick", { interval: wait });
    paint();
  }

  function recover() {
    if (!lost) return;
    lost = false;
    wait = USUAL;
    props("tick", { interval: wait });
    paint();
  }

  async function explain(answer) {
    const problem = await answer.json().catch(() => null);
    if (!problem || !problem.detail) toast("The server could not answer.", "Try again.", "");
    else toast(problem.detail, problem.next_step, problem.request_id);
  }

  function toast(what, step, id) {
    const place = document.getElementById("toasts");
    if (!place) return;
    const same = [...place.children].find((old) => old.dataset.what === what);
    const box = same || place.appendChild(document.createElement("div"));
    box.className = "toast";
    box.dataset.what = what;
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

  // --- the live dot -------------------------------------------------------------------------------------------

  function told() {
    if (lost) return ["lost", "Reconnecting"];
    if (paused) return ["paused", "Paused"];
    if (!word) return ["waiting", "Connecting"];
    if (word.age === null) return ["waiting", "No data yet"];
    const age = word.age + (performance.now() - word.at) / 1000;
    return [age > word.late ? "late" : "live", (age > word.late ? "Late · " : "Live · ") + span(age)];
  }

  function span(seconds) {
    if (seconds < 60) return Math.max(0, Math.floor(seconds)) + " s";
    if (seconds < 3600) return Math.floor(seconds / 60) + " min";
    return seconds < 172800 ? Math.floor(seconds / 3600) + " h" : Math.floor(seconds / 86400) + " d";
  }

  function paint() {
    const live = document.getElementById("live");
    if (!live) return;
    const [state, text] = told();
    if (state + text === shown) return;
    shown = state + text;
    live.dataset.state = state;
    live.querySelector(".live-text").textContent = text;
  }

  setInterval(paint, 1000);

  function tick(on) {
    props("tick", { disabled: !on });
    if (on) props("tick", { n_intervals: Date.now() % 1e9 });
  }

  document.addEventListener("visibilitychange", () => paused || tick(!document.hidden));

  window.flotilla = Object.assign(window.flotilla || {}, {
    toast,
    pause() {
      paused = !paused;
      tick(!paused);
      paint();
    },
  });

  const ours = (window.dash_clientside = window.dash_clientside || {});
  ours.flotilla = Object.assign(ours.flotilla || {}, {
    pulse(told) {
      if (!told) return window.dash_clientside.no_update;
      word = { age: told.age, late: told.late, at: performance.now() };
      paint();
      return "The age of the newest data from this fleet";
    },
  });
})();
