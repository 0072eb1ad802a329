// The live editor of a device: a tree of its menus, the rows of one as a table, and edits that are collected, planned
// together and pushed. A row is named by what it says, for its id is another one after a restart.
(function () {
  "use strict";
  const SELECTOR = "[data-editor]", MASK = "*****";
  // What tells how a row is, and not what somebody wants of it.
  const READ = /^(\.|(rx|tx|fp|actual|last|current|total|next)-)|^(dynamic|invalid|running|slave|builtin|inactive|active|bytes|packets|status|uptime|link-downs|run-count|creation-time|expired|default|hw-offload|nextid)$/;
  // By which properties a row is told from others, the best first; then by these and its place among those that have them.
  const NAMES = [["name"], ["default-name"], ["comment"], ["address", "interface"], ["list", "address"], ["list", "interface"], ["bridge", "interface"], ["dst-address", "gateway"], ["mac-address"], ["address"], ["interface"], ["numbers"], ["topics"]];
  const PLACES = [["chain"], ["list"], ["bridge"], ["interface"]];
  const filled = new WeakSet();
  let numbers = 0;

  const node = (...said) => window.flotilla.node(...said);
  const line = (text, tone) => node("p", { class: tone || "muted", text });
  const button = (text, label, onclick, more) => node("button", { type: "button", class: "button small", "aria-label": label, text, onclick, ...more });
  const spoken = (value) => (value === "true" ? "yes" : value === "false" ? "no" : value);

  function fill(place) {
    const spec = JSON.parse(place.dataset.editor);
    const main = node("div", { class: "editor-rows", "aria-live": "polite" }, line("Choose a menu to see its rows.")), list = node("ol", { class: "push-lines mono editor-edits", "aria-label": "Edits" });
    const box = node("div", { class: "push-box" }), pusher = window.flotilla.pusher(box, spec);
    const mine = { spec, main, list, pusher, edits: [], menu: "", rows: [], staged: null };
    mine.plan = button("Plan", "Plan the edits", () => pusher.plan({ commands: mine.edits.map((one) => one.line).join("\n") }), { class: "button" });
    mine.staged = node("div", { class: "editor-staged" }, node("h3", { text: "Edits" }), list, node("div", { class: "actions" }, mine.plan), box);
    const inside = node("div", { class: "editor-grid" }, tree(mine), node("div", {}, main));
    place.replaceChildren(node("section", { class: "panel wide push-panel", "aria-label": "Editor" }, inside, spec.writes && mine.staged));
    box.addEventListener("flotilla-begun", () => { mine.edits = []; list.replaceChildren(); mine.plan.disabled = true; });
    box.addEventListener("flotilla-ended", () => { if (mine.menu) read(mine, mine.menu); });
    drawEdits(mine);
  }

  // --- the tree of menus --------------------------------------------------------------------------------------

  function tree(mine) {
    const { spec } = mine, held = new Set(spec.held), groups = new Map();
    spec.menus.forEach((menu) => {
      const top = "/" + menu.split("/")[1];
      groups.set(top, [...(groups.get(top) || []), menu]);
    });
    const filter = node("input", { id: "editor-filter", type: "search", placeholder: "firewall, or /ip/pool", autocomplete: "off", spellcheck: "false" });
    const boxes = [...groups].map(([top, menus]) => node("details", {}, node("summary", { text: top }), node("ul", {}, menus.map((menu) => node("li", {},
      node("button", { type: "button", class: held.has(menu) ? "menu-of held" : "menu-of", "data-menu": menu, title: held.has(menu) ? "Its configuration speaks of it" : "", text: menu === top ? top : menu.slice(top.length + 1), onclick: () => read(mine, menu) }))))));
    const form = node("form", { class: "push-form editor-filter" }, node("label", { for: filter.id, text: "Find a menu, or write one" }), filter);
    filter.addEventListener("input", () => sift(boxes, filter.value.trim().toLowerCase()));
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      const text = filter.value.trim().replace(/\/$/, "").replace(/\s+/g, "/"), first = boxes.flatMap((one) => [...one.querySelectorAll("li:not([hidden]) button")])[0];
      if (/^(\/[a-z0-9][a-z0-9-]*)+$/.test(text)) read(mine, text);
      else if (text && first) read(mine, first.dataset.menu);
    });
    mine.tree = node("nav", { class: "editor-tree", "aria-label": "Menus of the device" }, form, boxes);
    return mine.tree;
  }

  function sift(boxes, text) {
    boxes.forEach((box) => {
      const items = [...box.querySelectorAll("li")];
      items.forEach((item) => { item.hidden = Boolean(text) && !item.firstChild.dataset.menu.includes(text); });
      box.hidden = items.every((item) => item.hidden);
      box.open = Boolean(text) && !box.hidden;
    });
  }

  // --- the rows of a menu -------------------------------------------------------------------------------------

  async function read(mine, menu) {
    mine.menu = menu;
    mine.tree.querySelectorAll("[data-menu]").forEach((one) => (one.dataset.menu === menu ? one.setAttribute("aria-current", "true") : one.removeAttribute("aria-current")));
    mine.main.setAttribute("aria-busy", "true");
    mine.main.replaceChildren(line(`${mine.spec.name} is asked for ${menu}…`));
    const answer = await window.flotilla.send("POST", mine.spec.commands, { menu, limit: 500 });
    if (mine.menu !== menu) return;
    mine.main.removeAttribute("aria-busy");
    if (!answer.ok) return mine.main.replaceChildren(window.flotilla.alarm(answer.problem));
    mine.rows = answer.body.rows;
    mine.main.replaceChildren(...laid(mine, answer.body.more));
  }

  const single = (mine) => mine.rows.length === 1 && !(".id" in mine.rows[0]);
  const own = (mine) => mine.rows.filter((row) => row.dynamic !== "true");

  function laid(mine, more) {
    const { spec, menu, rows } = mine, head = [node("h3", { class: "mono", text: menu }), button("Read again", `Read ${menu} again`, () => read(mine, menu))];
    if (single(mine)) {
      if (spec.writes) head.push(button("Edit", `Edit ${menu}`, () => change(mine, rows[0])));
      return [node("header", {}, head), node("dl", { class: "tools-facts" }, shown(rows[0]).map(([name, value]) => node("div", {}, node("dt", { text: name }), node("dd", { text: value }))))];
    }
    if (spec.writes) head.push(button("Add a row", `Add a row to ${menu}`, () => change(mine, null)));
    const told = line(rows.length ? `${rows.length} ${rows.length === 1 ? "row" : "rows"}${more ? "; the device has more" : ""}` : "The menu is empty.");
    return [node("header", {}, head), told, rows.length > 0 && table(mine)].filter(Boolean);
  }

  const shown = (row) => Object.entries(row).filter(([name]) => !name.startsWith("."));

  function table(mine) {
    const { spec, rows, menu } = mine, columns = [...new Set(rows.flatMap((row) => shown(row).map(([name]) => name)))];
    const heads = [...(spec.writes ? [node("th", { scope: "col" }, node("span", { class: "visually-hidden", text: "Actions" }))] : []), ...columns.map((name) => node("th", { scope: "col", text: name }))];
    const body = rows.map((row, n) => node("tr", { class: row.disabled === "true" ? "muted" : "" }, spec.writes && node("td", { class: "editor-deeds" }, deeds(mine, row, n)), columns.map((name) => node("td", { text: row[name] ?? "" }))));
    const made = node("table", { class: "table" }, node("thead", {}, node("tr", {}, heads)), node("tbody", {}, body));
    return node("div", { class: "scroll tall", tabindex: "0", role: "region", "aria-label": `Rows of ${menu}` }, made);
  }

  function deeds(mine, row, n) {
    if (row.dynamic === "true") return [node("span", { class: "muted", title: "The device made it itself", text: "dynamic" })];
    const mineOnly = own(mine), at = mineOnly.indexOf(row), label = `row ${n + 1}`;
    const made = [button("Edit", `Edit ${label}`, () => change(mine, row)), button("Remove", `Remove ${label}`, () => edit(mine, { verb: "remove", row: named(mine, row) }, mine.main))];
    if (!mine.spec.ordered.includes(mine.menu)) return made;
    const move = (before) => edit(mine, { verb: "move", row: named(mine, row), ...(before ? { before: named(mine, before) } : {}) }, mine.main);
    if (at > 0) made.push(button("↑", `Move ${label} up`, () => move(mineOnly[at - 1])));
    if (at < mineOnly.length - 1) made.push(button("↓", `Move ${label} down`, () => move(mineOnly[at + 2])));
    return made;
  }

  // --- how a row is named -------------------------------------------------------------------------------------

  const says = (row, names) => names.every((name) => row[name] && !row[name].includes(MASK));
  const same = (row, other, names) => names.every((name) => row[name] === other[name]);

  function named(mine, row) {
    if (single(mine)) return null;
    const all = own(mine), best = NAMES.find((names) => says(row, names) && all.filter((one) => same(one, row, names)).length === 1);
    const names = best || PLACES.find((one) => says(row, one)) || [], alike = all.filter((one) => same(one, row, names));
    return { by: Object.fromEntries(names.map((name) => [name, row[name]])), nth: alike.indexOf(row), ...(best ? {} : { placed: true }) };
  }

  // --- edits --------------------------------------------------------------------------------------------------

  function change(mine, row) {
    const sample = row ? [row] : own(mine), names = [...new Set(sample.flatMap((one) => Object.keys(one)))].filter((name) => !READ.test(name));
    const fields = names.map((name) => property(name, row ? row[name] ?? "" : "")), wrong = node("div", { class: "form-alarms" }), extra = node("div", { class: "field-row" });
    const another = button("Another property", "Another property", () => {
      const word = node("input", { "aria-label": "Property", placeholder: "property", pattern: "[A-Za-z0-9][A-Za-z0-9.\\-]*", autocomplete: "off" }), value = node("input", { "aria-label": "Value", placeholder: "value", autocomplete: "off" });
      fields.push({ name: () => word.value.trim(), before: "", field: value });
      extra.append(node("div", { class: "field-of" }, word, value));
      word.focus();
    });
    const keep = node("button", { type: "submit", class: "button primary", text: "Add to the edits" });
    const form = node("form", { class: "push-form" }, line(row ? "Only what you change is sent." : "Only what you fill in is sent; the device has its defaults for the rest."),
      node("div", { class: "field-row" }, fields.map((one) => one.box)), extra, node("div", { class: "actions" }, another), wrong, node("div", { class: "actions" }, keep));
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      if (await kept(mine, row, fields, wrong)) box.close();
    });
    const box = window.flotilla.dialog(`${row ? "Edit a row of" : "Add a row to"} ${mine.menu}`, node("div", { class: "push template-dialog" }, form));
    box.classList.add("wide");
  }

  function property(name, value) {
    const id = `editor-${++numbers}`, hidden = value.includes(MASK), field = node("input", { id, autocomplete: "off", spellcheck: "false", type: hidden ? "password" : "text", placeholder: hidden ? "masked: leave empty to keep it" : "" });
    field.value = hidden ? "" : spoken(value);
    return { name: () => name, before: field.value, field, box: node("div", { class: "field-of" }, node("label", { for: id, text: name }), field) };
  }

  // What is emptied is unset, a comment is set to nothing; the rest is set in one edit.
  async function kept(mine, row, fields, wrong) {
    const changed = fields.filter((one) => one.name() && one.field.value !== one.before);
    const gone = changed.filter((one) => one.field.value === "" && one.name() !== "comment"), put = changed.filter((one) => !gone.includes(one));
    if (!changed.length) return wrong.replaceChildren(line("Nothing is changed yet."));
    const values = Object.fromEntries(put.map((one) => [one.name(), one.field.value])), target = row && named(mine, row);
    const wishes = [put.length && { verb: row ? "set" : "add", values }, gone.length && { verb: "unset", names: gone.map((one) => one.name()) }].filter(Boolean);
    for (const wish of wishes) if (!(await edit(mine, { ...wish, ...(target ? { row: target } : {}) }, wrong))) return false;
    return true;
  }

  async function edit(mine, wish, wrong) {
    const placed = (wish.row && wish.row.placed) || (wish.before && wish.before.placed);
    // A place is another one once a row before it came, went or moved.
    if (placed && mine.edits.some((one) => one.menu === mine.menu && one.verb !== "set" && one.verb !== "unset")) {
      wrong.append(window.flotilla.alarm({ detail: "This row is told from others by its place alone, which an edit before it changes.", next_step: "Push the edits of this menu first, then edit it." }));
      return false;
    }
    const clean = ({ placed: _, ...row }) => row;
    const body = { menu: mine.menu, ...wish, ...(wish.row ? { row: clean(wish.row) } : {}), ...(wish.before ? { before: clean(wish.before) } : {}) };
    const answer = await window.flotilla.send("POST", mine.spec.edits, body);
    if (!answer.ok) { wrong.append(window.flotilla.alarm(answer.problem)); return false; }
    mine.edits.push({ ...answer.body, menu: mine.menu, verb: wish.verb });
    mine.pusher.forget();
    drawEdits(mine);
    return true;
  }

  function drawEdits(mine) {
    mine.plan.disabled = !mine.edits.length;
    mine.staged.querySelector("h3").textContent = mine.edits.length ? `Edits: ${mine.edits.length}, none of them sent yet` : "No edits yet: change, add, move or remove a row";
    mine.list.replaceChildren(...mine.edits.map((one) => node("li", {}, node("span", { text: one.shown + " " }),
      button("Drop", `Drop the edit ${one.shown}`, () => { mine.edits = mine.edits.filter((other) => other !== one); mine.pusher.forget(); drawEdits(mine); }))));
  }

  function seek() {
    document.querySelectorAll(SELECTOR).forEach((place) => {
      if (filled.has(place) || !window.flotilla || !window.flotilla.pusher) return;
      filled.add(place);
      fill(place);
    });
  }

  new MutationObserver(seek).observe(document.documentElement, { childList: true, subtree: true });
  seek();
})();
