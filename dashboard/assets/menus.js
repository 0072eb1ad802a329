// The menus of the fleet's list: views that were saved, columns, and the list as a file.
(function () {
  "use strict";
  const one = (id) => document.getElementById(id);
  const grid = () => window.flotilla.grid;
  let asked = 0;

  // --- a menu below its button --------------------------------------------------------------------------------

  function open(button, ...children) {
    const { node } = window.flotilla, old = one(button.id + "-menu");
    if (old) return old.hidePopover();
    const box = node("div", { id: button.id + "-menu", class: "popmenu", popover: "auto", role: "dialog", "aria-label": button.title }, ...children);
    box.addEventListener("toggle", (event) => { if (event.newState === "closed") { box.remove(); button.removeAttribute("aria-expanded"); } });
    document.body.append(box);
    box.showPopover();
    button.setAttribute("aria-expanded", "true");
    place(button, box);
    const first = box.querySelector("input, a, button");
    if (first) first.focus();
  }

  function place(button, box) {
    const at = button.getBoundingClientRect(), wide = box.offsetWidth;
    box.style.top = at.bottom + 4 + "px";
    box.style.left = Math.max(8, Math.min(at.right - wide, innerWidth - wide - 8)) + "px";
    box.style.maxHeight = innerHeight - at.bottom - 16 + "px";
  }

  function anew(button, build) {
    const box = one(button.id + "-menu");
    if (box) box.replaceChildren(...build());
  }

  const head = (text) => window.flotilla.node("h3", { text });
  const hint = (text) => window.flotilla.node("p", { class: "muted", text });
  const item = (text, onclick, more) => window.flotilla.node("button", { type: "button", class: "popitem", text, onclick, ...more });

  // --- columns ------------------------------------------------------------------------------------------------

  const told = () => (grid().api() ? grid().api().getAllGridColumns().filter((column) => column.getColDef().context) : []);

  function columns(button) {
    const { node } = window.flotilla;
    return [
      ...told().map((column) => node("label", { class: "popitem" },
        node("input", { type: "checkbox", checked: column.isVisible(), onchange: (event) => choose(column.getColId(), event.target.checked) }),
        column.getColDef().headerName)),
      item("As usual", () => { usual(); anew(button, () => columns(button)); }, { class: "popitem end" }),
    ];
  }

  const choose = (name, on) => grid().columns({ ...grid().kept().shown, [name]: on });

  function usual() {
    const state = grid().api().getColumnState().filter((column) => column.sort).map(({ colId, sort, sortIndex }) => ({ colId, sort, sortIndex }));
    grid().keep(null);
    grid().api().resetColumnState();
    grid().api().applyColumnState({ state });
    grid().columns({});
  }

  // --- saved views --------------------------------------------------------------------------------------------

  const place_of = () => "flotilla-fleet-views:" + one("fleet").dataset.tenant;

  function views() {
    try { return JSON.parse(localStorage.getItem(place_of())) || []; } catch { return []; }
  }

  function save(list) {
    try { localStorage.setItem(place_of(), JSON.stringify(list)); return true; } catch { return false; }
  }

  const current = () => {
    const query = new URLSearchParams(location.search);
    ["peek", "from", "to"].forEach((name) => query.delete(name));
    return query.toString();
  };

  function listed(button) {
    const { node, go, kept } = window.flotilla, mine = views();
    const rows = mine.map((view) => node("div", { class: "poprow" },
      item(view.name, () => { show(view); one(button.id + "-menu").hidePopover(); }, { "aria-current": view.query === current() && "true" }),
      node("button", { type: "button", class: "quiet", text: "×", "aria-label": `Forget the view ${view.name}`,
        onclick: () => { save(mine.filter((other) => other !== view)); anew(button, () => listed(button)); } })));
    return [head("Saved in this browser"), ...(rows.length ? rows : [hint("None yet. A view is the filters, the order and the columns.")]), ...saver(button), ...sharer(button)];
  }

  function show(view) {
    grid().keep({ shown: view.shown || {} });
    if (grid().api()) { grid().api().fitted = 0; grid().fit(); }
    window.flotilla.go(location.pathname + "?" + view.query);
  }

  function named(label, word, act) {
    const { node } = window.flotilla;
    const field = node("input", { type: "text", maxlength: 60, placeholder: label, "aria-label": label, autocomplete: "off" });
    const form = node("form", { class: "poprow" }, field, node("button", { type: "submit", class: "tool first", text: word }));
    form.addEventListener("submit", (event) => { event.preventDefault(); if (field.value.trim()) act(field.value.trim()); });
    return form;
  }

  function saver(button) {
    return [named("Name of this view", "Save", (name) => {
      const shown = Object.fromEntries(told().map((column) => [column.getColId(), column.isVisible()]));
      const done = save([...views().filter((view) => view.name !== name), { name, query: current(), shown }]);
      if (!done) window.flotilla.toast("This browser keeps nothing.", "Allow it to store data of this site, or keep the address as a bookmark.", "");
      anew(button, () => listed(button));
    })];
  }

  // For everybody, a filter is a device group: what a group cannot say is not offered.
  function group() {
    const query = new URLSearchParams(location.search), filter = {}, said = { status: "state" };
    for (const kind of ["status", "site", "tag", "model", "version"]) {
      const values = (query.get(kind) || "").split(",").filter(Boolean).map(decodeURIComponent);
      if (values.some((value) => value === "(no tag)" || value === "(unknown)")) return null;
      if (values.length) filter[said[kind] || kind] = values;
    }
    return query.get("q") || query.get("group") || !Object.keys(filter).length ? null : filter;
  }

  function sharer(button) {
    if (!grid().api() || !grid().api().getColumn("pick")) return [];
    const filter = group();
    if (!filter) return [head("For everybody"), hint("Filters by state, site, tag, model or RouterOS can become a device group.")];
    return [head("For everybody"), named("Name of a device group", "Share", async (name) => {
      const answer = await window.flotilla.send("POST", `/api/tenants/${one("fleet").dataset.tenant}/groups`, { name, filter });
      if (!answer.ok) return window.flotilla.toast(answer.problem.detail, answer.problem.next_step, answer.problem.request_id);
      one(button.id + "-menu").hidePopover();
      window.flotilla.done(`The group “${name}” stands among the filters.`);
    })];
  }

  // --- the list as a file -------------------------------------------------------------------------------------

  function files(button) {
    const { node } = window.flotilla, number = grid().api() ? grid().api().getDisplayedRowCount() : 0;
    const words = `${number.toLocaleString("en")} ${number === 1 ? "device" : "devices"} in this order, with the columns that are shown.`;
    return [hint(words), ...[["csv", "CSV"], ["parquet", "Parquet"]].map(([kind, word]) => item(word, () => {
      const shown = grid().api().getAllDisplayedColumns().map((column) => column.getColId());
      window.dash_clientside.set_props("fleet-export-ask", { data: { kind, columns: shown, at: (asked += 1) } });
      one(button.id + "-menu").hidePopover();
    }))];
  }

  const MENUS = { "fleet-columns": columns, "fleet-views": listed, "fleet-export": files };

  document.addEventListener("click", (event) => {
    const button = event.target.closest && event.target.closest("button.tool");
    if (button && MENUS[button.id]) open(button, ...MENUS[button.id](button));
  });
})();
