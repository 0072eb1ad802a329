// What recurs is looked at before it is planned: the next times by the fields of a form, as REST tells them.
(function () {
  "use strict";

  const WORDS = ["every", "at", "zone", "from", "lasts"];

  function previewer(spec, fields, collect) {
    const { node, alarm } = window.flotilla;
    const button = node("button", { type: "button", class: "button", text: "Show the next times" });
    const seen = node("div", { class: "probe", role: "status" });
    const box = (name) => fields.find((one) => one.name === name).box;
    queueMicrotask(() => { box("zone").after(seen); follow(); });
    fields.forEach((field) => field.box.addEventListener("input", () => setTimeout(follow))); // Once the form is arranged.

    // What is shown belongs to the fields as they were: it goes with the next change of one.
    function follow() {
      button.hidden = box("at").hidden;
      seen.replaceChildren();
    }

    button.addEventListener("click", async () => {
      const told = collect(), asked = WORDS.filter((word) => told[word]).map((word) => [word, told[word]]);
      button.disabled = true;
      const answer = await window.flotilla.send("GET", spec.preview + "?" + new URLSearchParams(asked));
      button.disabled = false;
      seen.replaceChildren(...(answer.ok ? listed(answer.body.items, told.zone || "UTC") : [alarm(answer.problem)]));
    });
    return button;
  }

  function listed(items, zone) {
    const { node } = window.flotilla;
    const look = { timeZone: zone, weekday: "short", year: "numeric", month: "short", day: "numeric", hour: "2-digit", minute: "2-digit" };
    const told = (at) => new Date(at).toLocaleString("en-GB", look);
    return [
      node("strong", { text: items.length ? `The next times, in ${zone}` : "It does not come any more." }),
      ...items.map((one) => node("span", { text: `${told(one.from)} to ${told(one.to)}` })),
    ];
  }

  window.flotilla = Object.assign(window.flotilla || {}, { previewer });
})();
