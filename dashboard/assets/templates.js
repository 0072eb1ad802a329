// Templates in the browser: an editor that checks the text while it is written, and a preview that tells for each device
// what it would say, what would be done, what it may cut off, and pushes it from there. Both are dialogs, which no news
// of the page takes away.
(function () {
  "use strict";
  const MOST = 25;
  let numbers = 0;

  const node = (...said) => window.flotilla.node(...said);
  const line = (text, tone) => node("p", { class: tone || "muted", text });
  const spec = () => JSON.parse(document.getElementById("templates-spec").dataset.templates);

  function field(label, made, hint) {
    made.id = made.id || `template-${++numbers}`;
    return node("div", { class: "field-of" }, node("label", { for: made.id, text: label }), made, hint && node("small", { class: "muted", text: hint }));
  }

  function choice(options, value) {
    const made = node("select", {}, options.map(([, text]) => node("option", { text })));
    [...made.options].forEach((option, n) => { option.value = options[n][0]; });
    if (value !== undefined) made.value = value;
    return made;
  }

  function wide(title, ...inside) {
    const box = window.flotilla.dialog(title, node("div", { class: "push template-dialog" }, inside));
    box.classList.add("wide");
    return box;
  }

  async function busy(button, work) {
    button.disabled = true;
    try { return await work(); } finally { button.disabled = false; }
  }

  // --- the editor ---------------------------------------------------------------------------------------------

  const input = (more) => node("input", { autocomplete: "off", spellcheck: "false", ...more });

  function editor(said, from, version) {
    const name = input({ required: true, maxlength: 120 }), about = input({ maxlength: 1000 });
    name.value = version ? from.name : "";
    about.value = from.about || "";
    const mode = choice(Object.entries(said.modes).map(([word, told]) => [word, `${word}: ${told}`]), from.mode || "merge");
    const text = node("textarea", { rows: 14, spellcheck: "false", required: true, class: "mono" }), rows = node("div", { class: "variable-rows" });
    text.value = from.text || "";
    const list = (from.variables || []).map((one) => variable(said, one));
    rows.append(...list.map((one) => one.box));
    const add = node("button", { type: "button", class: "button small", text: "Add a variable", onclick: () => { const one = variable(said, {}); list.push(one); rows.append(one.box); one.box.querySelector("input").focus(); } });
    const draft = () => ({ mode: mode.value, text: text.value, variables: list.filter((one) => one.box.isConnected).map((one) => one.told()) });
    const tried = trial(said, draft), wrong = node("div", { class: "form-alarms" });
    const save = node("button", { type: "submit", class: "button primary", text: version ? "Save as a new version" : "Save" });
    const form = node("form", { class: "push-form" },
      !version && node("div", { class: "field-row" }, field("Name", name), field("What it is for", about)),
      field("Where it is intended", mode), node("h3", { text: "Variables" }), rows, node("div", { class: "actions" }, add),
      field("Text: console commands, with {{ variables }}", text), tried, wrong, node("div", { class: "actions" }, save));
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      const path = version ? `${said.templates}/${from.id}/versions` : said.templates;
      const answer = await busy(save, () => window.flotilla.send("POST", path, version ? draft() : { ...draft(), name: name.value.trim(), about: about.value.trim() }));
      if (!answer.ok) return wrong.replaceChildren(window.flotilla.alarm(faults(answer.problem)));
      box.close();
      window.flotilla.done(version ? `Version ${answer.body.version} is saved.` : "The template is saved.");
      window.flotilla.go(`${said.home}?template=${answer.body.id}`);
    });
    const box = wide(version ? `A new version of ${from.name}` : "New template", form);
    (version ? text : name).focus();
  }

  const faults = (problem) => ({ ...problem, detail: [problem.detail, ...(problem.errors || []).map((one) => `${one.name}: ${one.detail}`)].join(" ") });

  // A variable is a row of fields; those that its type does not have are hidden.
  function variable(said, one) {
    const parts = {
      name: input({ pattern: "[a-z][a-z0-9_]{0,39}", required: true, title: "Small letters, digits and _, a letter first" }), kind: choice(said.kinds.map((word) => [word, word]), one.kind || "string"),
      about: input({ maxlength: 300 }), default: input({}), choices: input({ title: "With commas" }), least: input({ type: "number" }), most: input({ type: "number" }),
    };
    parts.name.value = one.name || "";
    parts.about.value = one.about || "";
    parts.default.value = one.default ?? "";
    parts.choices.value = (one.choices || []).join(", ");
    parts.least.value = one.least ?? "";
    parts.most.value = one.most ?? "";
    const labels = { name: "Name", kind: "Type", about: "What it is for", default: "Default", choices: "Only these", least: "At least", most: "At most" };
    const boxes = Object.fromEntries(Object.entries(parts).map(([key, made]) => [key, field(labels[key], made)]));
    const drop = node("button", { type: "button", class: "button small", text: "Remove", onclick: () => box.remove() });
    const box = node("div", { class: "variable-row", role: "group", "aria-label": "Variable" }, Object.values(boxes), drop);
    const arrange = () => {
      boxes.choices.hidden = parts.kind.value !== "string";
      boxes.least.hidden = boxes.most.hidden = parts.kind.value !== "int";
      boxes.default.hidden = parts.kind.value === "secret";
    };
    parts.kind.addEventListener("change", arrange);
    arrange();
    const number = (made, there) => (!there.hidden && made.value !== "" ? Number(made.value) : null);
    const told = () => ({
      name: parts.name.value.trim(), kind: parts.kind.value, about: parts.about.value.trim(), default: boxes.default.hidden || parts.default.value === "" ? null : parts.default.value,
      choices: boxes.choices.hidden ? [] : parts.choices.value.split(",").map((word) => word.trim()).filter(Boolean), least: number(parts.least, boxes.least), most: number(parts.most, boxes.most),
    });
    return { box, told };
  }

  // The text is checked as it stands, and written for a device if one is named.
  function trial(said, draft) {
    const device = window.flotilla.chooser(input({ placeholder: "its name" }), said.devices), values = node("div", { class: "field-row" });
    const out = node("div", { class: "template-out", "aria-live": "polite" });
    let shown = "", fields = { values: () => ({}), boxes: [] };
    const check = node("button", { type: "button", class: "button", text: "Check the text", onclick: () => busy(check, async () => {
      const now = draft();
      if (JSON.stringify(now.variables) !== shown) {
        shown = JSON.stringify(now.variables);
        fields = window.flotilla.variables(now.variables);
        fields.boxes.forEach((box) => box.querySelector("input, select").removeAttribute("required"));
        values.replaceChildren(...fields.boxes);
      }
      const devices = device.dataset.id ? [device.dataset.id] : [];
      const answer = await window.flotilla.send("POST", said.check, { ...now, devices, values: devices.length ? fields.values() : {} });
      out.replaceChildren(...(answer.ok ? checked(answer.body.items) : [window.flotilla.alarm(faults(answer.problem))]));
    }) });
    return node("details", { class: "template-trial", open: true }, node("summary", { text: "Check" }), field("Write it for a device (optional)", device), values, node("div", { class: "actions" }, check), out);
  }

  const checked = (items) => [line(items.length ? "The text can be read. For this device it says:" : "The text can be read. Choose a device to see what it says there.", "good"), ...items.map(said)];
  const said = (one) => (one.error ? window.flotilla.alarm({ detail: one.error, next_step: one.next_step }) : node("pre", { class: "config-text mono", tabindex: "0", "aria-label": `For ${one.device}`, text: one.text }));

  // --- the preview, and the push ------------------------------------------------------------------------------

  function preview(said, chosen) {
    const kind = choice([["device", "a device"], ["site", "a site's devices"], ["tag", "the devices with a tag"], ["group", "the devices of a group"]]);
    const options = { site: said.sites, tag: said.tags.map((one) => [one, one]), group: said.groups.map((one) => [one, one]) };
    const device = window.flotilla.chooser(input({ placeholder: "its name" }), said.devices), which = choice([]), fields = window.flotilla.variables(chosen.variables);
    const deviceBox = field("Device", device), whichBox = field("Which", which), out = node("div", { class: "template-out", "aria-live": "polite" });
    const arrange = () => {
      deviceBox.hidden = kind.value !== "device";
      whichBox.hidden = !deviceBox.hidden;
      const made = options[kind.value] || [];
      which.replaceChildren(...made.map(([, text]) => node("option", { text })));
      [...which.options].forEach((option, n) => { option.value = made[n][0]; });
    };
    kind.addEventListener("change", arrange);
    arrange();
    const go = node("button", { type: "submit", class: "button primary", text: "Preview" });
    const form = node("form", { class: "push-form" }, node("div", { class: "field-row" }, field("For", kind), deviceBox, whichBox),
      fields.boxes.length > 0 && node("div", { class: "field-row" }, fields.boxes), node("div", { class: "actions" }, go));
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      const named = kind.value === "device" ? device.dataset.id : which.value;
      if (!named) return out.replaceChildren(line(kind.value === "device" ? "There is no such device: choose one of the list." : `There is no ${kind.value} yet.`, "bad"));
      busy(go, () => show(said, chosen, { kind: kind.value, named, name: device.value.trim(), identity: device.dataset.identity }, { values: fields.values(), out }));
    });
    wide(`${chosen.name}, version ${chosen.version}`, line("Nothing is sent to a device before you push it there."), form, out);
  }

  async function show(said, chosen, whom, { values, out }) {
    out.replaceChildren(line("The devices are looked up…"));
    const found = whom.kind === "device" ? { ok: true, body: { items: [{ id: whom.named, name: whom.name, identity: whom.identity }] } }
      : await window.flotilla.send("GET", `${said.devices}?${new URLSearchParams({ limit: MOST + 1, [whom.kind]: whom.named })}`);
    if (!found.ok) return out.replaceChildren(window.flotilla.alarm(found.problem));
    const devices = found.body.items.slice(0, MOST);
    if (!devices.length) return out.replaceChildren(line("No device is meant by that."));
    const answer = await window.flotilla.send("POST", `${said.templates}/${chosen.id}/preview`, { devices: devices.map((one) => one.id), values, version: chosen.version });
    if (!answer.ok) return out.replaceChildren(window.flotilla.alarm(faults(answer.problem)));
    const more = found.body.items.length > MOST ? [line(`Only the first ${MOST} are shown, by name.`)] : [];
    const cards = devices.map((one, n) => card(said, one, answer.body.items[n]));
    out.replaceChildren(...more, ...cards.map((one) => one.box));
    const meant = { template: { id: chosen.id, version: chosen.version, values } };
    for (const one of cards) if (one.tell && out.isConnected) await one.tell(meant); // One after the other: a plan costs the server more than a page.
  }

  // A device's card: what the template says for it, what would be done there, and the push.
  function card(said, device, written) {
    const told = node("span", { class: "muted", text: written.error || "is compared…" }), inside = node("div", { class: "push-box" });
    const box = node("section", { class: "template-card", "aria-label": device.name }, node("header", {}, node("strong", { text: device.name }), told), inside);
    if (written.error) {
      box.dataset.tone = "bad";
      inside.append(line(written.next_step));
      return { box };
    }
    inside.append(node("details", {}, node("summary", { text: "What it says" }), node("pre", { class: "config-text mono", tabindex: "0", text: written.text })));
    const tell = async (meant) => {
      const path = `${said.devices}/${device.id}/config`, answer = await window.flotilla.send("POST", path + "/plan", meant);
      const steps = answer.ok ? answer.body.lines.length : 0, risks = answer.ok ? answer.body.risks.length : 0;
      told.textContent = !answer.ok ? answer.problem.detail : `${steps} ${steps === 1 ? "step" : "steps"}${risks ? `, ${risks} may cut the path to it` : ""}`;
      told.className = risks ? "bad" : "muted";
      if (!answer.ok) return inside.append(line(answer.problem.next_step));
      const place = node("div", { class: "push-box" }), open = node("button", { type: "button", class: "button small", text: said.writes ? "Plan and push" : "Plan", "aria-label": `Plan and push to ${device.name}` });
      open.addEventListener("click", () => {
        open.hidden = true;
        window.flotilla.pusher(place, { path, pushes: said.pushes, device: device.id, name: device.name, identity: device.identity || device.name, writes: said.writes }).plan(meant);
      });
      inside.append(node("div", { class: "actions" }, open), place);
    };
    return { box, tell };
  }

  document.addEventListener("click", (event) => {
    const opener = event.target.closest && event.target.closest("[data-template-open]");
    if (!opener) return;
    const said = spec(), [what, name] = opener.dataset.templateOpen.split(":");
    if (what === "preview") preview(said, said.chosen);
    else if (what === "version") editor(said, said.chosen, true);
    else editor(said, what === "starter" ? said.starters[name] : {}, false);
  });
})();
