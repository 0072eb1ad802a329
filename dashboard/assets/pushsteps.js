// How the state of a push and the entries of its journal are told.
(function () {
  "use strict";
  const node = (...said) => window.flotilla.node(...said);

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
  const BAD = ["refused", "unknown", "between", "late"];

  function pushState(push) {
    const [word, tone] = STATES[push.state] || [push.state, ""];
    return node("p", { class: "push-state", role: "status", "data-tone": tone, "data-state": push.state },
      node("strong", { text: word }), push.error && node("span", { text: push.error }));
  }

  // An entry tells that a step begins, and a later one what was seen of it: the two are one line.
  function pushSteps(push) {
    const rows = [];
    push.steps.forEach((one) => {
      const last = rows[rows.length - 1], same = last && last.step === one.step && last.number === one.number && !last.seen;
      if (same) Object.assign(last, { seen: one.seen, detail: one.detail });
      else rows.push({ ...one });
    });
    return node("ol", { class: "push-steps" }, rows.map((one) => row(push, one)));
  }

  function row(push, one) {
    const what = one.step === "apply" ? push.lines[one.number - 1] || STEPS.apply : STEPS[one.step] || one.step;
    return node("li", { "data-tone": BAD.includes(one.seen) ? "bad" : one.seen ? "good" : "" },
      node("time", { datetime: one.at, text: new Date(one.at).toLocaleTimeString() }), node("span", { class: one.step === "apply" ? "mono" : "", text: what }),
      node("b", { text: one.seen ? SEEN[one.seen] || one.seen : push.over ? "not seen" : "…" }), one.detail.error && node("span", { class: "muted", text: one.detail.error }));
  }

  window.flotilla = Object.assign(window.flotilla || {}, { pushState, pushSteps });
})();
