// What is pushed to the device of the page: lines, a template, a stored version, or all that is intended of it. React
// keeps the place, and it is filled here once, so that a plan outlives the news of the page.
(function () {
  "use strict";
  const SELECTOR = "[data-push]";
  const filled = new WeakMap();

  const node = (...said) => window.flotilla.node(...said);

  function fill(place) {
    const spec = JSON.parse(place.dataset.push), box = node("div", { class: "push-box" });
    const made = window.flotilla.pusher(box, spec), sources = spec.writes ? kinds(spec, made) : [];
    const head = node("header", {}, node("h2", { text: "Push" }), node("span", { class: "muted", text: "Nothing is done before you have seen the plan." }));
    const choose = (n) => sources.forEach((one, m) => { one.form.hidden = m !== n; one.tab.setAttribute("aria-pressed", String(m === n)); m === n ? one.tab.setAttribute("aria-current", "true") : one.tab.removeAttribute("aria-current"); });
    sources.forEach((one, n) => { one.tab.addEventListener("click", () => { made.forget(); choose(n); }); });
    const inside = spec.writes ? [head, node("div", { class: "tools-kinds", role: "group", "aria-label": "What is pushed" }, sources.map((one) => one.tab)), ...sources.map((one) => one.form), box] : [box];
    place.classList.toggle("push-idle", !spec.writes);
    place.replaceChildren(node("section", { class: "panel wide push-panel", "aria-label": "Push" }, inside));
    if (spec.writes) choose(0);
    box.addEventListener("flotilla-begun", () => sources.forEach((one) => one.form.reset()));
    filled.set(place, {
      version: (number) => { choose(2); made.plan({ version: number }); },
      watch: (id) => { place.classList.remove("push-idle"); made.watch(id); },
    });
    opened(spec, made, sources, choose, place);
  }

  // An address may say what is to be planned at once, or whose steps are looked at.
  function opened(spec, made, sources, choose, place) {
    const words = new URLSearchParams(location.search), steps = words.get("steps");
    if (steps) filled.get(place).watch(steps);
    else if (words.get("push") === "drift" && spec.writes) { choose(3); made.plan({ drift: true }); }
    else return;
    requestAnimationFrame(() => place.scrollIntoView({ block: "nearest" }));
  }

  function kinds(spec, made) {
    return [
      source("Lines", lines(), made),
      source("A template", template(spec), made),
      source("A stored version", version(spec), made),
      source("What is intended", intended(spec), made),
    ];
  }

  // Each gives its fields, and what they mean as REST takes it; null means that something is to be given first.
  function source(word, { fields, meant, none }, made) {
    const form = node("form", { class: "push-form" }, fields, !none && node("div", { class: "actions" }, node("button", { type: "submit", class: "button", text: "Plan" })));
    form.addEventListener("input", () => made.forget());
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      const told = meant();
      if (told) made.plan(told);
    });
    return { form, tab: node("button", { type: "button", class: "toggle", text: word }) };
  }

  function lines() {
    const text = node("textarea", { id: "push-commands", name: "commands", rows: 4, spellcheck: "false", required: true, class: "mono", placeholder: "/system identity set name=core-1" });
    const label = node("label", { for: text.id, text: "Lines to push, as an export writes them: add, set, unset, remove, move" });
    return { fields: [label, text], meant: () => (text.value.trim() ? { commands: text.value.trim() } : text.focus()) };
  }

  function template(spec) {
    if (!spec.templates.length) return empty("There is no template yet.", "Make one", spec.home + "config/templates");
    const select = choice("push-template", spec.templates.map((one) => [one.id, `${one.name}, version ${one.version}`]));
    const place = node("div", { class: "field-row" });
    let fields = null;
    const draw = () => { fields = window.flotilla.variables(spec.templates.find((one) => one.id === select.value).variables); place.replaceChildren(...fields.boxes); };
    select.addEventListener("change", draw);
    draw();
    return { fields: [node("label", { for: select.id, text: "Template" }), select, place], meant: () => ({ template: { id: select.value, values: fields.values() } }) };
  }

  function version(spec) {
    if (!spec.versions.length) return empty("There is no stored version yet: take a backup first.");
    const select = choice("push-version", spec.versions.map(([number, word]) => [String(number), word]));
    return { fields: [node("label", { for: select.id, text: "Take the device back to" }), select], meant: () => ({ version: Number(select.value) }) };
  }

  function intended(spec) {
    if (!spec.intended.length) return empty("Nothing is intended of this device: pin a version, or assign a template to it.", "Templates", spec.home + "config/templates");
    return { fields: [node("p", { class: "muted", text: `It is compared with its newest backup by: ${spec.intended.join(", ")}.` })], meant: () => ({ drift: true }) };
  }

  function choice(id, options) {
    const select = node("select", { id }, options.map(([, text]) => node("option", { text })));
    [...select.options].forEach((option, n) => { option.value = options[n][0]; });
    return select;
  }

  const empty = (text, word, href) => ({ none: true, meant: () => null, fields: [node("p", { class: "muted" }, node("span", { text: text + " " }), href && node("a", { href, "data-nav": "link", text: word }))] });

  document.addEventListener("click", (event) => {
    const opener = event.target.closest && event.target.closest("[data-push-show], [data-push-version]"), place = document.querySelector(SELECTOR);
    const made = opener && place && filled.get(place);
    if (!made) return;
    const { pushShow, pushVersion } = opener.dataset;
    if (pushVersion) made.version(Number(pushVersion));
    else made.watch(pushShow);
    place.scrollIntoView({ block: "nearest" });
  });

  function seek() {
    document.querySelectorAll(SELECTOR).forEach((place) => {
      if (!filled.has(place) && window.flotilla && window.flotilla.pusher && window.flotilla.variables) fill(place);
    });
  }

  new MutationObserver(seek).observe(document.documentElement, { childList: true, subtree: true });
  seek();
})();
