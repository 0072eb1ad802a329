// A push of configuration to the device of the page: commands, or a stored version, become a plan with its risks and nets, a risk wants the
// device's identity written out, and then each step is told as it is taken. React keeps the place, and it is filled
// here once; news of the push come by the stream, and by asking again where there is none.
(function () {
  "use strict";
  const SELECTOR = "[data-push]", AGAIN = 2000, FINAL = ["committed", "reverted", "commit_unconfirmed", "failed", "lost", "cancelled"];
  const filled = new WeakSet();
  let asked = null; // The push that is watched: its place, its id, and the timer of the next look.

  const node = (...said) => window.flotilla.node(...said);
  const line = (text, tone) => node("p", { class: tone || "muted", text });

  const STATES = {
    pending: ["Waits for the device's owner.", ""], preparing: ["The nets are made ready.", ""], applying: ["It is applied.", ""],
    verifying: ["It is verified on a new connection.", ""], committed: ["Committed: the device holds what was meant.", "good"],
    reverting: ["It is taken back.", "warn"], reverted: ["Taken back: the device holds what it held before.", "warn"],
    commit_unconfirmed: ["Nobody knows for sure what the device holds now: look at it, then push again or undo it.", "bad"],
    failed: ["Failed: nothing was changed.", "bad"], lost: ["The device did not come back: look at it on the spot.", "bad"],
    cancelled: ["Cancelled before it began.", ""],
  };
  const STEPS = {
    look: "Look at the device", try: "Let it read the lines without running them", save: "Make the restore point", arm: "Start the timer",
    take: "Take safe mode", apply: "Apply", verify: "Verify on a new connection", release: "Release safe mode", unroll: "Let safe mode undo it",
    restore: "Load the restore point", disarm: "Stop the timer", watch: "Watch the device", end: "Remove what it needed",
  };
  const SEEN = { done: "done", refused: "refused", unknown: "connection lost", held: "still held by somebody", before: "as before", after: "as meant", between: "neither", late: "not seen in time" };

  // --- the form -----------------------------------------------------------------------------------------------

  function fill(place) {
    const spec = JSON.parse(place.dataset.push), out = node("div", { class: "push-out", "aria-live": "polite" });
    const text = node("textarea", { id: "push-commands", name: "commands", rows: 4, spellcheck: "false", required: true, class: "mono", placeholder: "/system identity set name=core-1" });
    const submit = node("button", { type: "submit", class: "button", text: "Plan" });
    const form = node("form", { class: "push-form" },
      node("label", { for: text.id, text: "Lines to push, as an export writes them: add, set, unset, remove, move" }), text, node("div", { class: "actions" }, submit));
    const head = node("header", {}, node("h2", { text: "Push" }), node("span", { class: "muted", text: "Nothing is done before you have seen the plan." }));
    const inside = spec.writes ? [head, form, out] : [out];
    place.replaceChildren(node("section", { class: "panel wide push-panel", "aria-label": "Push" }, inside));
    const parts = { text, submit, out };
    text.addEventListener("input", () => { if (out.dataset.kind === "plan") out.replaceChildren(); });
    form.addEventListener("submit", (event) => { event.preventDefault(); plan(spec, parts); });
    place.addEventListener("flotilla-version", (event) => plan(spec, parts, event.detail));
  }

  async function busy(button, work) {
    button.disabled = true;
    button.setAttribute("aria-busy", "true");
    try { return await work(); } finally { button.disabled = false; button.removeAttribute("aria-busy"); }
  }

  function put(out, kind, ...children) {
    out.dataset.kind = kind;
    out.replaceChildren(...children.filter(Boolean));
  }

  // What is meant is the lines that are written, or a stored version.
  async function plan(spec, parts, version) {
    const commands = parts.text.value.trim(), meant = version ? { version } : { commands };
    if (!version && !commands) return parts.text.focus();
    unwatch();
    const answer = await busy(parts.submit, () => window.flotilla.send("POST", spec.path + "/plan", meant));
    if (parts.text.value.trim() !== commands) return;
    if (!answer.ok) return put(parts.out, "plan", window.flotilla.alarm(answer.problem));
    put(parts.out, "plan", ...planned(spec, parts, meant, answer.body));
  }

  function planned(spec, parts, meant, found) {
    const risky = found.override_needed, key = window.flotilla.unique(), wrong = node("div", { class: "form-alarms" });
    const name = node("input", { id: "push-name", autocomplete: "off", spellcheck: "false", "data-1p-ignore": "true" });
    const reason = node("input", { id: "push-reason", autocomplete: "off", maxlength: "500" });
    const begin = node("button", { type: "submit", class: risky ? "button danger" : "button primary", text: `Push to ${spec.name}` });
    const ready = () => { begin.disabled = risky && (name.value !== spec.identity || reason.value.trim().length < 3); };
    const form = node("form", { class: "push-form" }, risky && override(spec, name, reason), wrong, node("div", { class: "actions" }, begin));
    form.addEventListener("input", ready);
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      const more = risky ? { override: { name: name.value, reason: reason.value.trim() } } : {};
      send(spec, parts, { begin, wrong, key }, { ...meant, ...more });
    });
    ready();
    return [
      node("h3", { text: found.lines.length === 1 ? "One step" : `${found.lines.length} steps` }),
      node("ol", { class: "push-lines mono" }, found.lines.map((one) => node("li", { text: one }))),
      ...found.risks.map(risk), found.foreseen ? null : line("There is no backup of this device, so its risks are judged by these lines alone. Take a backup first."),
      line(nets(found)), form,
    ];
  }

  const risk = (one) => node("div", { class: "form-alarm push-risk" }, node("strong", { text: one.why }), node("code", { text: one.line }), node("span", { text: one.next_step }));

  const override = (spec, name, reason) => node("div", { class: "push-override" },
    node("label", { for: name.id }, node("span", { text: `It may cut you off. Write ${spec.identity} to push it all the same` }), name),
    node("label", { for: reason.id }, node("span", { text: "Why it must be done; this is kept on record" }), reason));

  function nets(found) {
    const kept = [];
    if (found.safe_mode) kept.push("safe mode undoes it if the connection breaks");
    if (found.restore_point) kept.push(`a timer on the device loads the state of before after ${found.timer_seconds} s unless it was confirmed`);
    const told = kept.length ? `What catches it: ${kept.join("; ")}.` : "Nothing would catch it.";
    return found.safe_mode === null ? `${told} Whether safe mode can hold it is known once the device was polled.` : told;
  }

  async function send(spec, parts, { begin, wrong, key }, body) {
    const answer = await busy(begin, () => window.flotilla.send("POST", spec.path, body, { key }));
    if (!answer.ok) return wrong.replaceChildren(window.flotilla.alarm(answer.problem));
    parts.text.value = "";
    window.flotilla.done(`${spec.name} is being changed.`);
    watch(spec, parts.out, answer.body.id);
  }

  // --- the steps ----------------------------------------------------------------------------------------------

  function unwatch() {
    if (asked) clearTimeout(asked.timer);
    asked = null;
  }

  function watch(spec, out, id) {
    unwatch();
    asked = { spec, out, id, timer: 0, over: false, shown: "" };
    put(out, "steps", line("The push is being read…"));
    look(asked);
  }

  async function look(mine) {
    if (mine !== asked || mine.looking) return;
    clearTimeout(mine.timer);
    if (!mine.out.isConnected) return unwatch();
    mine.looking = true;
    const answer = await window.flotilla.send("GET", `${mine.spec.pushes}/${mine.id}`);
    mine.looking = false;
    if (mine !== asked) return;
    if (answer.ok) show(mine, answer.body);
    else put(mine.out, "steps", window.flotilla.alarm(answer.problem));
    if (!mine.over && answer.status !== 404 && answer.status !== 403) mine.timer = setTimeout(() => look(mine), AGAIN);
  }

  function show(mine, push) {
    const written = JSON.stringify(push);
    if (written === mine.shown) return;
    const ended = push.over && mine.shown && !mine.over;
    mine.shown = written;
    mine.over = push.over;
    const [word, tone] = STATES[push.state] || [push.state, ""];
    const cancel = push.state === "pending" && node("button", { type: "button", class: "button danger", text: "Cancel", onclick: () => drop(mine, cancel) });
    put(mine.out, "steps",
      node("p", { class: "push-state", role: "status", "data-tone": tone, "data-state": push.state }, node("strong", { text: word }), push.error && node("span", { text: push.error })),
      push.armed_until && !push.over && line(`Unless it is confirmed, the device takes it back at ${new Date(push.armed_until).toLocaleTimeString()}.`),
      node("ol", { class: "push-steps" }, steps(push)),
      cancel && node("div", { class: "actions" }, cancel));
    if (ended) window.flotilla.done("");
  }

  // An entry tells that a step begins, and a later one what was seen of it: the two are one line.
  function steps(push) {
    const rows = [];
    push.steps.forEach((one) => {
      const last = rows[rows.length - 1], same = last && last.step === one.step && last.number === one.number && !last.seen;
      if (same) Object.assign(last, { seen: one.seen, detail: one.detail });
      else rows.push({ ...one });
    });
    return rows.map((one) => {
      const what = one.step === "apply" ? push.lines[one.number] || STEPS.apply : STEPS[one.step] || one.step;
      const bad = ["refused", "unknown", "between", "late"].includes(one.seen);
      return node("li", { "data-tone": bad ? "bad" : one.seen ? "good" : "" },
        node("time", { datetime: one.at, text: new Date(one.at).toLocaleTimeString() }), node("span", { class: one.step === "apply" ? "mono" : "", text: what }),
        node("b", { text: one.seen ? SEEN[one.seen] || one.seen : push.over ? "not seen" : "…" }), one.detail.error && node("span", { class: "muted", text: one.detail.error }));
    });
  }

  async function drop(mine, button) {
    const answer = await busy(button, () => window.flotilla.send("DELETE", `${mine.spec.pushes}/${mine.id}`, null));
    if (!answer.ok && answer.status !== 409) mine.out.append(window.flotilla.alarm(answer.problem));
    look(mine);
  }

  // --- when ---------------------------------------------------------------------------------------------------

  window.addEventListener("flotilla-news", (event) => {
    const mine = asked;
    if (mine && !mine.over && event.detail.topic === "config_push" && event.detail.device === mine.spec.device) look(mine);
  });

  document.addEventListener("click", (event) => {
    const opener = event.target.closest && event.target.closest("[data-push-show], [data-push-version]"), place = document.querySelector(SELECTOR);
    if (!opener || !place) return;
    const { pushShow, pushVersion } = opener.dataset;
    if (pushVersion) place.dispatchEvent(new CustomEvent("flotilla-version", { detail: Number(pushVersion) }));
    else watch(JSON.parse(place.dataset.push), place.querySelector(".push-out"), pushShow);
    place.scrollIntoView({ block: "nearest" });
  });

  function seek() {
    document.querySelectorAll(SELECTOR).forEach((place) => {
      if (filled.has(place) || !window.flotilla || !window.flotilla.node) return;
      filled.add(place);
      fill(place);
    });
  }

  new MutationObserver(seek).observe(document.documentElement, { childList: true, subtree: true });
  seek();
})();
