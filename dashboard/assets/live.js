// What is new comes at once: one stream of events for all tabs of a browser, and the interval where there is none.
// Also the live dot: how old the newest data are, and how they come.
(function () {
  "use strict";
  const USUAL = 2000, CALM = 15000; // How often a page looks for news without the stream, and with it.
  const LEAST = 1000, MOST = 30000; // How long to wait before the stream is opened again.
  const PROVED = 2500, SILENT = 120000, ASLEEP = 8000, DOZING = 100000;
  const SOON = 100, STORED = 750; // What devices say is stored some 0.6 s after it was said; a push, before.
  const GAPS = { device_status: 400, metric_update: 2000, config_push: 400, firmware_progress: 800, alert_fired: 400, resync: 0 };
  const WAITS = { device_status: STORED, metric_update: STORED, config_push: SOON, firmware_progress: SOON, alert_fired: SOON, resync: SOON };
  const AFTER = [1150, 1800, 4000, 16000]; // A busy writer is later, and what was read is kept for 15 s at most.
  const TOPICS = "device_status,metric_update,config_push,firmware_progress,alert_fired";
  const DEVICE = /"device_id":"([0-9a-f-]{36})"/, NAME = "flotilla-stream-" + (location.pathname.split("/")[2] || "");
  const channel = window.BroadcastChannel ? new BroadcastChannel(NAME) : null;

  const props = (id, values) => window.dash_clientside.set_props && window.dash_clientside.set_props(id, values);
  let state = "none", line = { lost: false, wait: USUAL }, paused = false, word = null, shown = "";

  // --- ticks --------------------------------------------------------------------------------------------------

  const trails = {};
  let timer = 0, due = Infinity, ticked = 0, paced = USUAL;

  function tick() {
    clearTimeout(timer);
    due = Infinity;
    ticked = Date.now();
    props("tick", { n_intervals: ticked % 1e9 });
  }

  // Many events make one tick; what is pressing makes it sooner.
  function soon(gap, wait) {
    const at = Math.max(Date.now() + wait, ticked + gap);
    if (at >= due) return;
    clearTimeout(timer);
    due = at;
    timer = setTimeout(tick, at - Date.now());
  }

  function pace() {
    const every = line.lost ? line.wait : state === "open" ? CALM : USUAL;
    if (every !== paced && window.dash_clientside.set_props) props("tick", { interval: (paced = every) });
    paint();
  }

  function resume(on) {
    props("tick", { disabled: !on });
    if (on) tick();
    else { [timer, ...Object.values(trails).flat()].forEach(clearTimeout); due = Infinity; }
  }

  // A page of one device waits for its own news; of the others it hears with the interval.
  function concerns(device) {
    const here = location.pathname.match(/\/device\/([0-9a-f-]{36})/);
    return !here || !device || here[1] === device;
  }

  function news(topic, device) {
    if (topic === "metric_update" && word) word = { ...word, age: 0, at: performance.now() };
    window.dispatchEvent(new CustomEvent("flotilla-news", { detail: { topic, device } }));
    if (topic === "alert_fired" || concerns(device)) look(topic); // The bell is on every page.
  }

  // Each kind of news is looked after for itself: measurements that come all the time put off no state.
  function look(topic) {
    if (document.hidden || paused) return;
    soon(GAPS[topic], WAITS[topic]);
    (trails[topic] || []).forEach(clearTimeout);
    trails[topic] = AFTER.map((wait) => setTimeout(() => soon(0, SOON), wait - SOON));
  }

  // --- the stream: of the tabs, the one that holds the lock has it ---------------------------------------------

  let source = null, last = "", wait = LEAST, again = 0, proof = 0, turn = 0, heard = 0, leading = false, heir = false;

  function lead() {
    leading = true;
    heir = state === "open";
    connect();
    return new Promise(() => {}); // Held until the tab is closed; the next in line goes on.
  }

  async function connect() {
    const mine = ++turn;
    close();
    const got = await window.flotilla.ask("POST", "/api/auth/sse-token", {});
    if (mine !== turn) return;
    if (got.status === 403) return;
    if (!got.ok) return later();
    const query = new URLSearchParams({ token: got.body.token, topics: TOPICS });
    if (last) query.set("last_event_id", last);
    source = new EventSource("/api/sse?" + query);
    source.onopen = () => { heard = Date.now(); proof = setTimeout(proved, PROVED); };
    source.onerror = later; // A token opens one stream: the browser's own way to come back would not.
    for (const topic of Object.keys(GAPS)) source.addEventListener(topic, hear);
  }

  function close() {
    clearTimeout(again);
    clearTimeout(proof);
    if (source) source.close();
    source = null;
  }

  function later() {
    close();
    turn += 1;
    if (state === "open") share({ state: "lost" });
    again = setTimeout(connect, wait * (0.75 + Math.random() / 2));
    wait = Math.min(wait * 2, MOST);
  }

  function proved() {
    clearTimeout(proof);
    wait = LEAST;
    if (state !== "open") share({ state: "open" });
    else if (heir) share({ topic: "resync" }); // What came between the tab before and this one, nobody heard.
    heir = false;
  }

  function hear(event) {
    heard = Date.now();
    last = event.lastEventId || last;
    proved();
    const found = DEVICE.exec(event.data);
    share({ topic: event.type, device: found ? found[1] : "" });
  }

  function share(message) {
    if (channel) channel.postMessage(message);
    take(message);
  }

  function take(message) {
    if (message.who && leading) share({ state });
    if (message.topic) news(message.topic, message.device);
    if (!message.state || message.state === state) return;
    const missed = state === "lost";
    state = message.state;
    pace();
    if (missed && state === "open") look("resync");
  }

  // A machine that slept has a stream that only seems open, and data of the evening before.
  let beat = Date.now();
  function watch() {
    const slept = Date.now() - beat > (document.hidden ? DOZING : ASLEEP);
    beat = Date.now();
    if (slept) catchUp();
    else if (leading && state === "open" && Date.now() - heard > SILENT) { heard = Date.now(); connect(); }
    paint();
  }

  function catchUp() {
    if (leading) { wait = LEAST; connect(); }
    look("resync");
  }

  // --- the live dot -------------------------------------------------------------------------------------------

  function told() {
    if (line.lost) return ["lost", "Reconnecting"];
    if (paused) return ["paused", "Paused"];
    if (!word) return ["waiting", "Connecting"];
    if (word.age === null) return ["waiting", "No data yet"];
    const age = word.age + (performance.now() - word.at) / 1000;
    if (age > word.late) return ["late", "Late · " + span(age)];
    return state === "lost" ? ["again", "Reconnecting · " + span(age)] : ["live", "Live · " + span(age)];
  }

  function span(seconds) {
    if (seconds < 60) return Math.max(0, Math.floor(seconds)) + " s";
    if (seconds < 3600) return Math.floor(seconds / 60) + " min";
    return seconds < 172800 ? Math.floor(seconds / 3600) + " h" : Math.floor(seconds / 86400) + " d";
  }

  function paint() {
    const live = document.getElementById("live");
    if (!live) return;
    const [kind, text] = told();
    if (kind + text + state === shown) return;
    shown = kind + text + state;
    live.dataset.state = kind;
    live.dataset.stream = state;
    live.querySelector(".live-text").textContent = text;
  }

  const WAYS = {
    open: "News come as they happen.", none: "The server is asked every 2 seconds.",
    lost: "The stream of news broke off; until it is back the server is asked every 2 seconds.",
  };

  setInterval(watch, 1000);
  document.addEventListener("visibilitychange", () => paused || resume(!document.hidden));
  window.addEventListener("online", catchUp);
  window.addEventListener("flotilla-line", (event) => { line = event.detail; pace(); });
  if (channel) channel.onmessage = (event) => take(event.data);
  if (channel && navigator.locks) {
    navigator.locks.request(NAME, lead);
    channel.postMessage({ who: true });
  }

  window.flotilla = Object.assign(window.flotilla || {}, {
    refresh: tick,
    pause() {
      paused = !paused;
      resume(!paused);
      paint();
    },
  });

  const ours = (window.dash_clientside = window.dash_clientside || {});
  ours.flotilla = Object.assign(ours.flotilla || {}, {
    pulse(told) {
      if (!told) return window.dash_clientside.no_update;
      word = { age: told.age, late: told.late, at: performance.now() };
      pace();
      return "The age of the newest data from this fleet. " + WAYS[state] + " Press to pause (p).";
    },
  });
})();
