// The form of a push over many devices: which devices, what, in which waves, and when it stops. A preview tells for each
// device what would be done before anything begins.
(function () {
  "use strict";
  const KEPT = "flotilla-chosen", PAGE = 20;
  let numbers = 0;

  const node = (...said) => window.flotilla.node(...said);
  const line = (text, tone) => node("p", { class: tone || "muted", text });
  const input = (more) => node("input", { autocomplete: "off", spellcheck: "false", ...more });
  const words = (text) => text.split(/[,\s]+/).map((word) => word.trim()).filter(Boolean);

  function field(label, made, hint) {
    made.id = made.id || `waves-${++numbers}`;
    return node("div", { class: "field-of" }, node("label", { for: made.id, text: label }), made, hint && node("small", { class: "muted", text: hint }));
  }

  function choice(options) {
    const made = node("select", {}, options.map(([, text]) => node("option", { text })));
    [...made.options].forEach((option, n) => { option.value = options[n][0]; });
    return made;
  }

  function chosen() {
    try { return JSON.parse(sessionStorage.getItem(KEPT) || "[]"); } catch { return []; }
  }

  // --- which devices ------------------------------------------------------------------------------------------

  function whom(said) {
    const handed = chosen(), any = ["", "any"];
    const kind = choice([...(handed.length ? [["chosen", `the ${handed.length} chosen in the fleet`]] : []), ["filter", "those that a filter lets in"], ...(said.groups.length ? [["group", "those of a group"]] : [])]);
    const site = choice([any, ...said.sites.map((one) => [one, one])]), tag = choice([any, ...said.tags.map((one) => [one, one])]), group = choice(said.groups.map((one) => [one, one]));
    const model = input({ placeholder: "hAP*" }), version = input({ placeholder: "7.18*" }), text = input({});
    const filter = node("div", { class: "field-row" }, field("Site", site), field("Tag", tag), field("Model", model), field("RouterOS", version), field("With a text", text)), groups = field("Group", group);
    const arrange = () => { filter.hidden = kind.value !== "filter"; groups.hidden = kind.value !== "group"; };
    kind.addEventListener("change", arrange);
    arrange();
    const told = () => {
      if (kind.value === "chosen") return { devices: handed.map(([id]) => id) };
      if (kind.value === "group") return { group: group.value };
      const list = (value) => (value ? [value] : []);
      return { filter: { site: list(site.value), tag: list(tag.value), model: words(model.value), version: words(version.value), ...(text.value.trim() ? { q: text.value.trim() } : {}) } };
    };
    return { boxes: [field("Devices", kind), filter, groups], told };
  }

  // --- what ---------------------------------------------------------------------------------------------------

  function what(said) {
    const kind = choice([["commands", "lines"], ...(said.templates.length ? [["template", "a template"]] : []), ["drift", "back to what is intended"]]);
    const text = node("textarea", { rows: 5, spellcheck: "false", class: "mono", placeholder: "/system note set note=kept" });
    const template = choice(said.templates.map((one) => [one.id, `${one.name}, version ${one.version}`])), place = node("div", { class: "field-row" });
    let fields = null;
    const draw = () => { fields = window.flotilla.variables((said.templates.find((one) => one.id === template.value) || { variables: [] }).variables); place.replaceChildren(...fields.boxes); };
    const textBox = field("Lines, as an export writes them", text), templateBox = node("div", { class: "template-out" }, field("Template", template), place);
    const arrange = () => { textBox.hidden = kind.value !== "commands"; templateBox.hidden = kind.value !== "template"; if (templateBox.hidden) place.replaceChildren(); else draw(); };
    kind.addEventListener("change", arrange);
    template.addEventListener("change", draw);
    arrange();
    const told = () => (kind.value === "commands" ? { commands: text.value.trim() } : kind.value === "drift" ? { drift: true } : { template: { id: template.value, values: fields.values() } });
    return { boxes: [field("What is pushed", kind), textBox, templateBox], told };
  }

  // --- how ----------------------------------------------------------------------------------------------------

  function how(said) {
    const number = (value, min, max) => { const made = input({ type: "number", min, max, step: "any", required: true }); made.value = value; return made; };
    const waves = input({ required: true }), soak = number(5, 0, 1440), percent = number(2, 0, 100), least = number(2, 1, 1000), site = number(5, 1, 1000), once = number(50, 1, 1000), note = input({ maxlength: 500 });
    waves.value = said.waves.join(", ");
    const boxes = [
      node("div", { class: "field-row" }, field("Waves", waves, "How many devices each has: a number, a share, rest"), field("Minutes between two waves", soak)),
      node("div", { class: "field-row" }, field("Stop once so many % have failed", percent), field("that are no fewer than", least), field("At once at a site", site), field("At once in all", once)),
      field("What it is for", note),
    ];
    const rules = () => ({ soak_seconds: Math.round(Number(soak.value) * 60), stop_percent: Number(percent.value), stop_least: Number(least.value), per_site: Number(site.value), at_once: Number(once.value), note: note.value.trim() });
    return { boxes, waves: () => ({ waves: words(waves.value) }), rules };
  }

  // --- the dialog ---------------------------------------------------------------------------------------------

  function open(said) {
    const which = whom(said), meant = what(said), course = how(said), out = node("div", { class: "template-out", "aria-live": "polite" });
    const look = node("button", { type: "submit", class: "button primary", text: "Preview" });
    const form = node("form", { class: "push-form" }, which.boxes, meant.boxes, node("details", { open: true }, node("summary", { text: "Waves and when it stops" }), course.boxes), node("div", { class: "actions" }, look));
    const box = window.flotilla.dialog("Push to many devices", node("div", { class: "push template-dialog waves-dialog" }, line("Nothing is done before you have seen what would be done."), form, out));
    box.classList.add("wide");
    form.addEventListener("input", () => out.replaceChildren());
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      const wish = { ...which.told(), ...meant.told(), ...course.waves() };
      if (wish.commands === "") return out.replaceChildren(line("Write the lines that are to be pushed.", "bad"));
      look.disabled = true;
      out.replaceChildren(line("It is being planned for the first devices…"));
      await foresee(said, wish, { out, box, rules: course.rules, words: new Map() }, null, []);
      look.disabled = false;
    });
  }

  const faults = (problem) => ({ ...problem, detail: [problem.detail, ...(problem.errors || []).map((one) => `${one.name}: ${one.detail}`)].join(" ") });

  async function foresee(said, wish, parts, after, before) {
    const answer = await window.flotilla.send("POST", `${said.pushes}/preview?limit=${PAGE}${after === null ? "" : `&after=${after}`}`, wish);
    if (!answer.ok) return parts.out.replaceChildren(window.flotilla.alarm(faults(answer.problem)));
    const found = answer.body, items = [...before, ...found.items], left = found.total - items.length;
    if (!found.total) return parts.out.replaceChildren(line("No device is meant by that."));
    const more = found.next !== null && node("button", { type: "button", class: "button small", text: `Look at more of the ${left.toLocaleString("en")} others`, onclick: () => foresee(said, wish, parts, found.next, items) });
    const sum = `${found.total.toLocaleString("en")} ${found.total === 1 ? "device" : "devices"} in waves of ${found.waves.join(", ")}.`;
    parts.out.replaceChildren(node("strong", { text: sum }), ...items.map((one) => card(one, parts.words)), more || "", beginning(said, wish, parts, { total: found.total, items }));
  }

  const STATES = { waiting: "", unchanged: "is so already", refused: "is refused" };

  // Whoever looks at more devices finds what was written for those before.
  function word(one, known) {
    if (!one.override_needed) return null;
    if (!known.has(one.device_id)) known.set(one.device_id, { name: input({}), reason: input({ maxlength: 500 }) });
    const { name, reason } = known.get(one.device_id);
    return node("details", {}, node("summary", { text: "Push to it all the same" }), node("div", { class: "field-row" }, field(`Write the identity of ${one.name}`, name), field("Why it must be done; this is kept on record", reason)));
  }

  const overrides = (known) => [...known].map(([device_id, { name, reason }]) => ({ device_id, name: name.value.trim(), reason: reason.value.trim() })).filter((one) => one.name && one.reason);

  function card(one, known) {
    const told = one.override_needed ? `${count(one)}, ${one.risks.length} may cut the path to it: it is left out unless you say otherwise` : one.error || STATES[one.state] || count(one);
    const bad = one.error || one.risks.length;
    return node("section", { class: "template-card", "aria-label": one.name, "data-tone": bad ? "bad" : "" },
      node("header", {}, node("strong", { text: one.name }), node("span", { class: "muted", text: `wave ${one.wave + 1}` }), node("span", { class: bad ? "bad" : "muted", text: told })),
      one.lines.length > 0 && node("details", {}, node("summary", { text: "Lines" }), node("ol", { class: "push-lines mono", tabindex: "0" }, one.lines.map((text) => node("li", { text })))),
      one.risks.map((risk) => line(risk.why, "bad")), one.foreseen === false && line("Its configuration was never read: what may cut the path is judged when it is pushed."), !one.override_needed && one.next_step && line(one.next_step), word(one, known));
  }

  const count = (one) => `${one.lines.length} ${one.lines.length === 1 ? "step" : "steps"}`;

  function beginning(said, wish, { box, rules, words: known }, { total }) {
    const wrong = node("div", { class: "form-alarms" }), typed = total > 10;
    const confirm = input({ id: `waves-${++numbers}` }), begin = node("button", { type: "submit", class: "button primary", text: `Begin with ${total === 1 ? "it" : `the first wave of ${total.toLocaleString("en")} devices`}` });
    begin.disabled = typed;
    confirm.addEventListener("input", () => { begin.disabled = confirm.value.trim() !== String(total); });
    const form = node("form", { class: "push-form" }, typed && node("label", { for: confirm.id }, node("span", { text: `Write ${total}, the number of devices, to confirm` }), confirm), wrong, node("div", { class: "actions" }, begin));
    let key = "", sent = "";
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      begin.disabled = true;
      const body = { ...wish, ...rules(), overrides: overrides(known) };
      // The same wish sent twice is done once; another one is another.
      if (JSON.stringify(body) !== sent) { sent = JSON.stringify(body); key = window.flotilla.unique(); }
      const answer = await window.flotilla.send("POST", said.pushes, body, { key });
      begin.disabled = false;
      if (!answer.ok) return wrong.replaceChildren(window.flotilla.alarm(faults(answer.problem)));
      sessionStorage.removeItem(KEPT);
      box.close();
      window.flotilla.done("The push over many devices has begun.");
      window.flotilla.go(`${said.home}?campaign=${answer.body.id}`);
    });
    return form;
  }

  document.addEventListener("click", (event) => {
    const opener = event.target.closest && event.target.closest("[data-waves-open]");
    if (opener) open(JSON.parse(document.getElementById("waves-spec").dataset.waves));
  });

  // From the fleet's bar: what is chosen there goes along in the browser, and the form opens on the page of waves.
  async function handOver(targets) {
    sessionStorage.setItem(KEPT, JSON.stringify((await targets()).slice(0, 1000)));
    window.flotilla.go(location.pathname.replace(/\/fleet.*$/, "/config/waves?open=push-many"));
  }

  window.flotilla = Object.assign(window.flotilla || {}, { pushMany: handOver });
})();
