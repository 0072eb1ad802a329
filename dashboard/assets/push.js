// A push of configuration, step by step: what is meant becomes a plan with its risks, its nets and its way back, a risk
// wants the device's identity written out, each step is told as it is taken, and the end in words. What is meant comes
// from pushform.js, templates.js, editor.js; `window.flotilla.pusher(box, spec)` makes the place for it.
(function () {
  "use strict";
  const AGAIN = 2000, STAGES = ["What", "Plan", "Begin", "Steps", "End"];
  const PARDONED = ["lock_out", "no_net"]; // Refusals that a person's word may stand against.
  const watching = new Set();
  let numbers = 0;

  const node = (...said) => window.flotilla.node(...said);
  const line = (text, tone) => node("p", { class: tone || "muted", text });

  function pusher(box, spec) {
    const rail = node("ol", { class: "push-rail", "aria-label": "Where the push is" }, STAGES.map((word) => node("li", { text: word })));
    const out = node("div", { class: "push-out", "aria-live": "polite" });
    const mine = { spec, box, rail, out, meant: null, watched: null };
    box.replaceChildren(rail, out);
    stage(mine, 0);
    return {
      out, plan: (meant) => plan(mine, meant), watch: (id) => watch(mine, id),
      // What is planned is of no use any more where what is meant was changed; steps stay.
      forget: () => { if (out.dataset.kind === "plan") { put(mine, ""); stage(mine, 0); } },
    };
  }

  function stage(mine, first, last) {
    mine.rail.hidden = !mine.spec.writes && !first;
    [...mine.rail.children].forEach((one, n) => {
      n >= first && n <= (last || first) ? one.setAttribute("aria-current", "step") : one.removeAttribute("aria-current");
      one.dataset.done = n < first ? "yes" : "";
    });
  }

  async function busy(button, work) {
    if (button) button.disabled = true;
    if (button) button.setAttribute("aria-busy", "true");
    try { return await work(); } finally { if (button) { button.disabled = false; button.removeAttribute("aria-busy"); } }
  }

  function put(mine, kind, ...children) {
    mine.out.dataset.kind = kind;
    mine.out.replaceChildren(...children.filter(Boolean));
  }

  // --- the plan, and how it begins ----------------------------------------------------------------------------

  async function plan(mine, meant) {
    unwatch(mine);
    mine.meant = meant;
    put(mine, "plan", line("It is being planned…"));
    const answer = await window.flotilla.send("POST", mine.spec.path + "/plan", meant);
    if (mine.meant !== meant || mine.watched) return;
    stage(mine, answer.ok ? 1 : 0, answer.ok ? 2 : 0);
    put(mine, "plan", ...(answer.ok ? planned(mine, answer.body) : [window.flotilla.alarm(answer.problem)]));
  }

  function planned(mine, found) {
    return [
      node("h3", { text: found.lines.length === 1 ? "One step" : `${found.lines.length} steps` }),
      lines(found.lines, "What is done"),
      ...found.risks.map(risk), found.foreseen ? null : line("There is no backup of this device, so its risks are judged by these lines alone. Take a backup first."),
      found.risks.length ? null : line("Nothing in it is foreseen to cut the path to the device."),
      line(nets(found)), back(found), mine.spec.writes ? beginning(mine, found.override_needed) : line("Your role may plan a push, but not begin one."),
    ];
  }

  const lines = (told, label) => node("ol", { class: "push-lines mono", tabindex: "0", "aria-label": label }, told.map((one) => node("li", { text: one })));
  const risk = (one) => node("div", { class: "form-alarm push-risk" }, node("strong", { text: one.why }), node("code", { text: one.line }), node("span", { text: one.next_step }));

  function nets(found) {
    const kept = [];
    if (found.safe_mode) kept.push("safe mode undoes it if the connection breaks");
    if (found.restore_point) kept.push(`a timer on the device loads the state of before after ${found.timer_seconds} s unless it was confirmed`);
    const told = kept.length ? `What catches it: ${kept.join("; ")}.` : "Nothing would catch it.";
    return found.safe_mode === null ? `${told} Whether safe mode can hold it is known once the device was polled.` : told;
  }

  function back(found) {
    if (!found.undo.length) return line("The lines that take it back are not known: take a backup before, and push that version.");
    const word = found.undo.length === 1 ? "The line that takes it back" : `The ${found.undo.length} lines that take it back`;
    return node("details", { class: "push-back" }, node("summary", { text: word }), lines(found.undo, "What takes it back"));
  }

  function beginning(mine, risky) {
    const { spec } = mine, key = window.flotilla.unique(), wrong = node("div", { class: "form-alarms" }), id = `push-${++numbers}`;
    const name = node("input", { id: `${id}-name`, autocomplete: "off", spellcheck: "false", "data-1p-ignore": "true" });
    const reason = node("input", { id: `${id}-reason`, autocomplete: "off", maxlength: "500" });
    const wait = node("select", { id: `${id}-wait` }, [[3600, "an hour"], [21600, "6 hours"], [86400, "a day"]].map(([value, text]) => node("option", { value, text })));
    const begin = node("button", { type: "submit", class: risky ? "button danger" : "button primary", text: `Push to ${spec.name}` });
    const ready = () => { begin.disabled = risky && (name.value !== spec.identity || reason.value.trim().length < 3); };
    const form = node("form", { class: "push-form" }, risky && override(spec, name, reason),
      node("label", { for: wait.id, class: "push-wait" }, node("span", { text: "If the device is not reached, wait for it" }), wait),
      wrong, node("div", { class: "actions" }, begin));
    form.addEventListener("input", ready);
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      const more = risky ? { override: { name: name.value, reason: reason.value.trim() } } : {};
      send(mine, { begin, wrong, key }, { ...mine.meant, ...more, wait_seconds: Number(wait.value) });
    });
    ready();
    return form;
  }

  const override = (spec, name, reason) => node("div", { class: "push-override" },
    node("label", { for: name.id }, node("span", { text: `It may cut you off. Write ${spec.identity} to push it all the same` }), name),
    node("label", { for: reason.id }, node("span", { text: "Why it must be done; this is kept on record" }), reason));

  async function send(mine, { begin, wrong, key }, body) {
    const answer = await busy(begin, () => window.flotilla.send("POST", mine.spec.path, body, { key }));
    if (!answer.ok) return wrong.replaceChildren(window.flotilla.alarm(answer.problem));
    window.flotilla.done(`${mine.spec.name} is being changed.`);
    mine.box.dispatchEvent(new CustomEvent("flotilla-begun", { bubbles: true }));
    watch(mine, answer.body.id);
  }

  // --- the steps ----------------------------------------------------------------------------------------------

  function unwatch(mine) {
    if (mine.watched) { clearTimeout(mine.watched.timer); clearInterval(mine.watched.beat); }
    mine.watched = null;
    watching.delete(mine);
  }

  function watch(mine, id) {
    unwatch(mine);
    mine.watched = { id, timer: 0, beat: 0, over: false, shown: "" };
    watching.add(mine);
    stage(mine, 3);
    put(mine, "steps", line("The push is being read…"));
    look(mine);
  }

  async function look(mine) {
    const now = mine.watched;
    if (!now || now.looking) return;
    clearTimeout(now.timer);
    if (!mine.out.isConnected) return unwatch(mine);
    now.looking = true;
    const answer = await window.flotilla.send("GET", `${mine.spec.pushes}/${now.id}`);
    now.looking = false;
    if (mine.watched !== now) return;
    if (answer.ok) show(mine, now, answer.body);
    else put(mine, "steps", window.flotilla.alarm(answer.problem));
    if (!now.over && answer.status !== 404 && answer.status !== 403) now.timer = setTimeout(() => look(mine), AGAIN);
  }

  function show(mine, now, push) {
    const written = JSON.stringify(push);
    if (written === now.shown) return;
    const ended = push.over && now.shown && !now.over;
    now.shown = written;
    now.over = push.over;
    stage(mine, push.over ? 4 : 3);
    const cancel = push.state === "pending" && mine.spec.writes && node("button", { type: "button", class: "button danger", text: "Cancel", onclick: () => drop(mine, cancel) });
    const clock = push.armed_until && !push.over && countdown(now, push.armed_until);
    put(mine, "steps", window.flotilla.pushState(push), clock, window.flotilla.pushSteps(push), push.override && line(`Pushed against a warning by ${push.by}: ${push.reason}`),
      cancel && node("div", { class: "actions" }, cancel), push.over && again(mine, push));
    if (!ended) return;
    mine.box.dispatchEvent(new CustomEvent("flotilla-ended", { bubbles: true, detail: push.state }));
    window.flotilla.done("");
  }

  // The device's own timer takes the change back unless it was confirmed: how long that is still, second by second.
  function countdown(now, until) {
    const left = node("b"), end = new Date(until).getTime();
    const tell = () => {
      const seconds = Math.max(0, Math.round((end - Date.now()) / 1000));
      left.textContent = seconds ? `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}` : "a moment";
      if (!left.isConnected && now.ticking) clearInterval(now.beat);
      now.ticking = true;
    };
    clearInterval(now.beat);
    now.ticking = false;
    now.beat = setInterval(tell, 1000);
    tell();
    return node("p", { class: "push-clock", role: "timer" }, "Unless it is confirmed, the device takes it back by itself in ", left);
  }

  // A refusal for which there may be a person's word is offered once more with it, where what was meant is still known.
  function again(mine, push) {
    if (!mine.spec.writes || !mine.meant || push.state !== "failed" || !PARDONED.includes(push.error_code) || push.override) return null;
    return node("div", { class: "push-again" }, line("It may be pushed all the same, on your word."), beginning(mine, true));
  }

  async function drop(mine, button) {
    const answer = await busy(button, () => window.flotilla.send("DELETE", `${mine.spec.pushes}/${mine.watched.id}`, null));
    if (!answer.ok && answer.status !== 409) mine.out.append(window.flotilla.alarm(answer.problem));
    look(mine);
  }

  window.addEventListener("flotilla-news", (event) => {
    watching.forEach((mine) => {
      const told = event.detail.topic === "config_push" && event.detail.device === mine.spec.device;
      if (told && mine.watched && !mine.watched.over) look(mine);
    });
  });

  window.flotilla = Object.assign(window.flotilla || {}, { pusher });
})();
