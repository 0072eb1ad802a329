// What a rule would have raised in the last days, asked while its form is open: how often, when, and on which devices.
(function () {
  "use strict";
  const DAYS = 7, SHOWN = 20;
  const ends = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short", hour: "2-digit", minute: "2-digit" });
  const times = (count) => (count === 1 ? "once" : `${count.toLocaleString("en")} times`);
  const plural = (count, word) => `${count.toLocaleString("en")} ${word}${count === 1 ? "" : "s"}`;

  // `path` is where REST tries a rule; `collect` gives what the form says, or nothing where it is wrong.
  function trial(path, collect) {
    const { node, alarm } = window.flotilla;
    const button = node("button", { type: "button", class: "button", text: `Try it on the last ${DAYS} days` });
    const seen = node("div", { class: "trial", role: "status" });
    queueMicrotask(() => button.closest("form").querySelector(".form-alarms").before(seen));
    button.addEventListener("click", async () => {
      const rule = collect();
      if (!rule) return;
      button.disabled = true;
      seen.replaceChildren(node("span", { class: "muted", text: "Judging what was measured…" }));
      const answer = await window.flotilla.send("POST", path, { rule, days: DAYS });
      button.disabled = false;
      seen.replaceChildren(...(answer.ok ? told(answer.body) : [alarm(answer.problem)]));
      seen.scrollIntoView({ block: "nearest" });
    });
    return button;
  }

  function told(found) {
    const { node } = window.flotilla;
    const devices = new Set(found.firings.map((one) => one.device_id)).size;
    const where = found.fired && found.fired === found.firings.length ? `, on ${devices} of ${plural(found.devices, "device")}` : ` (${plural(found.devices, "device")} judged)`;
    const head = found.fired ? `It would have fired ${times(found.fired)} in ${plural(found.days, "day")}${where}.`
      : `It would not have fired in ${plural(found.days, "day")}${where}.`;
    const notes = [
      new Date(found.since) - (Date.now() - found.days * 864e5) > 36e5 && `What is known begins ${ends.format(new Date(found.since))}.`,
      found.coarse && "A part is known by means of five minutes or an hour alone.",
      found.cut && "Devices are left out: it would have taken too long.",
    ].filter(Boolean);
    const list = found.firings.slice(0, SHOWN).map((one) => node("li", {},
      node("time", { datetime: one.from, text: ends.format(new Date(one.from)) }),
      node("span", { text: [one.device, one.key].filter(Boolean).join(" ") }),
      node("span", { class: "muted", text: one.to ? `for ${span(new Date(one.to) - new Date(one.from))}` : "still" })));
    const more = found.fired - list.length;
    return [
      node("strong", { text: head }), notes.length ? node("span", { class: "muted", text: notes.join(" ") }) : "",
      list.length ? node("ul", { tabindex: "0", "aria-label": "When it would have fired" }, list) : "",
      more > 0 ? node("span", { class: "muted", text: `and ${plural(more, "earlier time")}` }) : "",
    ].filter(Boolean);
  }

  function span(ms) {
    const minutes = Math.round(ms / 60000);
    if (minutes < 1) return `${Math.round(ms / 1000)} s`;
    if (minutes < 60) return `${minutes} min`;
    return minutes < 2880 ? `${Math.floor(minutes / 60)} h ${minutes % 60} min` : `${Math.floor(minutes / 1440)} d`;
  }

  window.flotilla = Object.assign(window.flotilla || {}, { trial });
})();
