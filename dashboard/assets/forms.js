// Forms that are declared in an attribute of a button, `data-form`: shown as a dialog, checked here first, sent to REST,
// and what REST finds wrong stands at its field. See dashboard/forms.py for what can be declared.
(function () {
  "use strict";
  let numbers = 0;

  // --- small things -------------------------------------------------------------------------------------------

  function node(tag, attributes, ...children) {
    const made = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes || {})) {
      if (name === "text") made.textContent = value;
      else if (name.startsWith("on")) made.addEventListener(name.slice(2), value);
      else if (value !== undefined && value !== null && value !== false && value !== "") made.setAttribute(name, value === true ? "" : value);
    }
    made.append(...children.flat().filter(Boolean));
    return made;
  }

  // A dialog is outside what Dash draws, so no news of the page takes it away from under the hands.
  function dialog(title, ...children) {
    const head = node("h2", { text: title, id: `form-title-${++numbers}` });
    const close = node("button", { type: "button", class: "quiet", "aria-label": "Close", text: "×", onclick: () => box.close() });
    const box = node("dialog", { class: "form-dialog", "aria-labelledby": head.id }, node("header", {}, head, close), ...children);
    box.addEventListener("close", () => box.remove());
    box.addEventListener("keydown", (event) => event.stopPropagation());
    document.body.append(box);
    box.showModal();
    return box;
  }

  function alarm(problem) {
    return node("div", { class: "form-alarm", role: "alert" },
      node("strong", { text: problem.detail }),
      problem.next_step && node("span", { text: problem.next_step }),
      problem.request_id && node("code", { text: "request " + problem.request_id }));
  }

  // --- fields -------------------------------------------------------------------------------------------------

  const tidy = (number) => Number(number.toPrecision(12)); // 0.07 / 0.01 is 7.000000000000001.
  const WRITTEN = ["text", "password", "number", "email", "datetime-local"];

  function control(field, id) {
    const common = { id, name: field.name, required: field.required, "aria-describedby": `${id}-hint ${id}-wrong` };
    const value = field.value === null || field.value === undefined ? "" : field.value;
    if (field.kind === "select" || field.kind === "pick") {
      return node("select", common, field.options.map(([given, word]) =>
        node("option", { value: given || null, text: word, selected: given === value })).map((option, place) => {
          option.value = field.options[place][0];
          return option;
        }));
    }
    if (field.kind === "check") return node("input", { ...common, type: "checkbox", checked: value === true || value === "true", required: false });
    if (field.kind === "checks") {
      return node("div", { id, class: "checks", role: "group", "aria-describedby": common["aria-describedby"] },
        field.options.map(([given, word]) => node("label", {},
          node("input", { type: "checkbox", name: field.name, value: given, checked: (value || []).includes(given) }), word)));
    }
    const made = node(field.kind === "lines" ? "textarea" : "input", {
      ...common, ...field.more, list: field.suggest.length ? `${id}-list` : null,
      type: field.kind === "lines" ? null : WRITTEN.includes(field.kind) ? field.kind : "text",
      autocomplete: field.kind === "password" ? "new-password" : "off", spellcheck: "false", "data-1p-ignore": "true",
    });
    made.value = Array.isArray(value) ? value.join(", ") : field.factor && value !== "" ? tidy(value / field.factor) : value;
    return field.kind === "device" ? window.flotilla.chooser(made, field.more["data-devices"]) : made;
  }

  function draw(field) {
    const id = `form-field-${++numbers}`, made = control(field, id), check = field.kind === "check";
    const label = node(field.kind === "checks" ? "span" : "label", { class: "form-label", for: field.kind === "checks" ? null : id, text: field.label });
    if (field.kind === "checks") { label.id = `${id}-label`; made.setAttribute("aria-labelledby", label.id); }
    const list = field.suggest.length
      ? node("datalist", { id: `${id}-list` }, field.suggest.map((word) => node("option", { value: word }))) : null;
    const box = node("div", { class: `form-field${check ? " form-check" : ""}${field.half ? " half" : ""}`, "data-field": field.name },
      check ? [made, label] : [label, made], list,
      node("small", { class: "form-hint", id: `${id}-hint`, text: field.hint }),
      node("small", { class: "form-wrong", id: `${id}-wrong`, role: "alert" }));
    return { ...field, box, made, before: undefined };
  }

  function value(field) {
    if (field.kind === "check") return field.made.checked;
    if (field.kind === "pick") return field.made.value ? JSON.parse(field.made.value) : null;
    if (field.kind === "device") return field.made.dataset.id || null;
    if (field.kind === "checks") return [...field.made.querySelectorAll(":checked")].map((one) => one.value);
    const text = field.kind === "password" ? field.made.value : field.made.value.trim();
    if (field.kind === "words") return text.split(/[\s,;]+/).filter(Boolean);
    if (text === "") return field.clears && field.kind !== "number" ? "" : null;
    if (field.kind === "number") return field.factor ? tidy(Number(text) * field.factor) : Number(text);
    if (field.kind === "datetime-local") return new Date(text).toISOString();
    return text;
  }

  function put(field, given) {
    if (field.kind === "check") field.made.checked = Boolean(given);
    else if (field.kind === "checks") field.made.querySelectorAll("input").forEach((one) => { one.checked = (given || []).includes(one.value); });
    else field.made.value = Array.isArray(given) ? given.join(", ") : given === null || given === undefined ? "" : given;
  }

  // What is wrong with a field, as far as it can be known here; "" is nothing.
  function fault(field) {
    const given = value(field), empty = given === null || given === "" || (Array.isArray(given) && !given.length);
    if (field.equals) return given === field.equals ? "" : `Write ${field.equals} to confirm.`;
    if (field.kind === "check") return field.required && !given ? "Tick this to confirm." : "";
    if (field.kind === "device" && empty && field.made.value) return "There is no such device: choose one of the list.";
    if (empty && field.made.validity && field.made.validity.badInput) return "This is no number.";
    if (empty) return field.required ? field.missing || "This is needed." : "";
    if (field.kind === "words" && field.pattern) {
      const odd = given.find((word) => !new RegExp(`^(?:${field.pattern})$`).test(word));
      return odd === undefined ? "" : `“${odd}” cannot be one. ${field.hint}`.trim();
    }
    if (field.pattern && typeof given === "string" && !new RegExp(`^(?:${field.pattern})$`).test(given)) return field.odd || field.hint || "This cannot be right.";
    return field.made.validity && !field.made.validity.valid ? field.made.validationMessage : "";
  }

  function say(field, text) {
    field.box.querySelector(".form-wrong").textContent = text || "";
    text ? field.made.setAttribute("aria-invalid", "true") : field.made.removeAttribute("aria-invalid");
  }

  const shown = (field) => !field.box.hidden;

  function arrange(fields) {
    const now = {};
    // Of several fields of one name one is shown; what a pick chose is compared as it is written.
    fields.forEach((field) => { if (!(field.name in now) || shown(field)) now[field.name] = field.kind === "pick" ? field.made.value : value(field); });
    fields.forEach((field) => {
      field.box.hidden = Object.entries(field.when).some(([name, wanted]) => !wanted.includes(now[name]));
      if (field.box.hidden) say(field, "");
    });
  }

  // --- a form -------------------------------------------------------------------------------------------------

  function open(spec, opener) {
    const fields = spec.fields.map(draw), alarms = node("div", { class: "form-alarms" });
    const submit = node("button", { type: "submit", class: spec.danger ? "button danger" : "button primary", text: spec.submit });
    const cancel = node("button", { type: "button", class: "button", text: "Cancel", onclick: () => box.close() });
    const form = node("form", { novalidate: true, class: "form-fields" },
      spec.text && node("p", { class: "form-text", text: spec.text }), fields.map((field) => field.box), alarms,
      node("footer", {}, spec.trial && window.flotilla.trial(spec.trial, () => checked(state)), spec.preview && window.flotilla.previewer(spec, fields, () => collect({ spec, fields })), spec.probe && window.flotilla.prober(spec, fields, { value, put, fault, say, arrange }), node("span", { class: "grow" }), cancel, submit));
    const box = dialog(spec.title, form), state = { spec, fields, alarms, submit, form, box, opener, etag: "", sent: "", key: "" };
    fields.forEach((field) => {
      field.box.addEventListener("input", () => { say(field, ""); arrange(fields); });
      field.box.addEventListener("focusout", () => { if (field.made.value) say(field, fault(field)); });
    });
    form.addEventListener("submit", (event) => { event.preventDefault(); finish(state); });
    arrange(fields);
    const first = fields.find(shown);
    if (first) (first.kind === "checks" ? first.made.querySelector("input") : first.made).focus();
    if (spec.load) load(state);
  }

  // An edit begins with what REST has now, and keeps its version: a change that somebody else made is not lost.
  async function load(state) {
    state.submit.disabled = true;
    const found = await window.flotilla.send("GET", state.spec.load);
    state.submit.disabled = false;
    if (!found.ok) return state.alarms.replaceChildren(alarm(found.problem));
    state.etag = found.etag;
    if (state.spec.whole) return;
    state.fields.forEach((field) => {
      if (field.name in found.body) put(field, found.body[field.name]);
      field.before = JSON.stringify(value(field));
    });
    arrange(state.fields);
  }

  const plain = (given) => given !== null && typeof given === "object" && !Array.isArray(given);

  function collect(state) {
    const told = {};
    state.fields.filter((field) => shown(field) && !field.apart).forEach((field) => {
      const given = value(field);
      const emptied = given === null && field.clears && field.before !== undefined;
      if ((given === null && !emptied) || (field.before !== undefined && JSON.stringify(given) === field.before)) return;
      if (given === "" && field.before === undefined) return;
      const [name, inner] = field.name.split(".");
      if (inner) told[name] = { ...told[name], [inner]: given };
      else told[name] = plain(given) ? { ...told[name], ...given } : given;
    });
    return { ...state.spec.fixed, ...told };
  }

  // What the fields say; nothing where one of them is wrong, which has the focus then.
  function checked(state) {
    const wrong = state.fields.filter(shown).filter((field) => { const text = fault(field); say(field, text); return text; });
    if (wrong.length) (wrong[0].kind === "checks" ? wrong[0].made.querySelector("input") : wrong[0].made).focus();
    return wrong.length ? null : collect(state);
  }

  async function finish(state) {
    const { spec, submit, alarms } = state, told = checked(state);
    alarms.replaceChildren();
    if (!told) return;
    const written = JSON.stringify(told);
    if (spec.method === "GO") { state.box.close(); return window.flotilla.go(spec.path + "?" + new URLSearchParams(told)); }
    if (spec.method === "PATCH" && !Object.keys(told).length) return state.box.close();
    if (written !== state.sent) { state.sent = written; state.key = window.flotilla.unique(); }
    submit.disabled = true;
    submit.setAttribute("aria-busy", "true");
    const answer = await window.flotilla.send(spec.method, spec.path, spec.method === "DELETE" ? null : told, { key: state.key, etag: state.etag });
    submit.disabled = false;
    submit.removeAttribute("aria-busy");
    if (!answer.ok) return refuse(state, answer.problem);
    window.flotilla.done(spec.done);
    if (spec.reveal) return reveal(state, answer);
    state.box.close();
    if (spec.then) window.flotilla.go(spec.then.replace(/{(\w+)}/g, (_, name) => (answer.body || {})[name]));
  }

  // Each fault stands at its field; what has none, or a field that is not shown, stands above the buttons.
  function refuse(state, problem) {
    const faults = problem.errors || [];
    const left = faults.filter((one) => {
      const named = (name) => state.fields.find((f) => f.name === name && shown(f)), field = named(String(one.name)) || named(String(one.name).split(".")[0]);
      if (field) say(field, one.detail);
      return !field;
    });
    if (!faults.length || left.length) {
      const more = left.map((one) => `${one.name}: ${one.detail}`).join(" ");
      state.alarms.replaceChildren(alarm(more ? { ...problem, detail: more } : problem));
      state.alarms.scrollIntoView({ block: "nearest" });
    }
    const first = state.box.querySelector("[aria-invalid]");
    if (first) first.focus();
  }

  // A secret is shown now and never again: it goes when the dialog does.
  function reveal(state, answer) {
    const { field, title, text, none } = state.spec.reveal, secret = field ? (answer.body || {})[field] : answer.body;
    const again = answer.again && !secret && "This was done already, and what was shown then is shown once. Make another one if it is lost.";
    const place = node("textarea", { class: "secret mono", readonly: true, rows: field ? 2 : 12, "aria-label": title });
    place.value = secret || "";
    const copy = node("button", { type: "button", class: "button primary", text: "Copy", onclick: () => duplicate(place, copy) });
    const end = node("button", { type: "button", class: "button", text: "Done", onclick: () => state.box.close() });
    state.box.querySelector("h2").textContent = title;
    state.form.replaceWith(node("div", { class: "form-fields" },
      node("p", { class: "form-text", text: secret ? text : again || none }), secret && place,
      node("footer", {}, node("span", { class: "grow" }), secret && copy, end)));
    (secret ? copy : end).focus();
  }

  async function duplicate(place, button) {
    place.select();
    try {
      await navigator.clipboard.writeText(place.value);
    } catch {
      document.execCommand("copy"); // Without HTTPS there is no clipboard but this.
    }
    button.textContent = "Copied";
  }

  // --- which form -----------------------------------------------------------------------------------------------

  document.addEventListener("click", (event) => {
    const opener = event.target.closest && event.target.closest("[data-form], [data-form-from]");
    if (!opener) return;
    event.preventDefault();
    open(declared(opener), opener);
  });

  const BLANK = { kind: "text", hint: "", options: [], suggest: [], when: {}, more: {} };
  const FORM = { submit: "Save", text: "", done: "", fixed: {} };

  // A row's button names a form that all rows share, and says what stands in it for {{words}}.
  function declared(opener) {
    const text = opener.dataset.form || document.getElementById(opener.dataset.formFrom).dataset.formOfRows;
    const said = (key, value) => typeof value === "string" ? value.replace(/{{(\w+)}}/g, (_, word) => opener.dataset[word] || "") : value;
    const spec = JSON.parse(text, said);
    return { ...FORM, ...spec, fields: spec.fields.map((field) => ({ ...BLANK, ...field })) };
  }

  // An address may name a button to press, such as ?open=device-add; it is taken out, so that coming back opens nothing.
  const ours = (window.dash_clientside = window.dash_clientside || {});
  ours.flotilla = Object.assign(ours.flotilla || {}, {
    opened() {
      const words = new URLSearchParams(location.search), button = document.getElementById(words.get("open") || "-");
      if (button && button.matches("[data-form], [data-csv], [data-waves-open]")) {
        words.delete("open");
        history.replaceState({}, "", location.pathname + (words.size ? "?" + words : ""));
        button.click();
      }
      return window.dash_clientside.no_update;
    },
  });

  window.flotilla = Object.assign(window.flotilla || {}, { dialog, node, alarm });
})();
