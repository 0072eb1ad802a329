// The command palette: pages, devices, tenants, ranges and actions, found by a few letters.
(function () {
  "use strict";
  const MOST = 8, PAUSE = 120, TENANTS = "tenants";
  const flotilla = (window.flotilla = window.flotilla || {});
  const GLYPHS = { up: "●", degraded: "▲", down: "■", stale: "◌", maintenance: "◆" };
  const channel = window.BroadcastChannel ? new BroadcastChannel("flotilla") : null;
  let scope = "", rows = [], chosen = 0, turn = 0, timer = 0, tenants = null;

  function node(tag, kind, text, marks) {
    const made = document.createElement(tag);
    if (kind) made.className = kind;
    if (text) made.textContent = text;
    for (const [name, value] of Object.entries(marks || {})) made.setAttribute(name, value);
    return made;
  }

  const box = node("dialog", "palette", "", { id: "palette", "aria-label": "Commands" });
  const field = node("input", "", "", { role: "combobox", "aria-expanded": "true", "aria-controls": "palette-list", "aria-autocomplete": "list", autocomplete: "off", spellcheck: "false", maxlength: "100" });
  const list = node("div", "palette-list", "", { role: "listbox", id: "palette-list", "aria-label": "Found" });
  box.append(field, list, node("p", "palette-foot", "↑ ↓ choose · Enter open · Esc close"));

  const tenant = () => document.getElementById("tenant");
  const home = () => "/t/" + (location.pathname.split("/")[2] || "") + "/";

  function open(what) {
    scope = what || "";
    field.value = "";
    field.placeholder = scope ? "Which tenant?" : "Go to a page, a device, or do something";
    field.setAttribute("aria-label", field.placeholder);
    if (!box.isConnected) document.body.append(box);
    if (!box.open) box.showModal();
    field.focus();
    look();
  }

  // --- what there is ------------------------------------------------------------------------------------------

  const pages = () => [...document.querySelectorAll(".nav a.place")].map((link) => ({
    group: "Pages", word: link.textContent.trim(), key: link.dataset.key ? "g " + link.dataset.key : "", run: () => link.click(),
  }));

  const sections = () => JSON.parse((document.getElementById("nav") || { dataset: {} }).dataset.sections || "[]").map(([group, word, href]) => ({
    group, word, run: () => visit(href),
  }));

  function actions() {
    const press = (id) => () => document.getElementById(id).click();
    const ranges = [...["15m", "1h", "6h", "24h", "7d", "30d"]].map((span) => ({
      group: "Time", word: "Last " + span, run: () => flotilla.go(query({ from: "now-" + span, to: "" })),
    }));
    return [
      { group: "Actions", word: "Copy a link to this page", run: copy },
      { group: "Actions", word: "Pause or go on", key: "p", run: () => flotilla.pause() },
      { group: "Actions", word: "Other colours", run: press("scheme") },
      { group: "Actions", word: "Fold the navigation", key: "[", run: press("fold") },
      { group: "Actions", word: "All keys", key: "?", run: press("keys") },
      { group: "Actions", word: "Change to another tenant", run: () => open(TENANTS), stays: true },
      { group: "Actions", word: "Change password", run: () => location.assign("/password") },
      { group: "Actions", word: "Sign out", run: () => flotilla.signOut() },
      ...(flotilla.actions || []),
      { group: "Time", word: "Zoom out", key: "Backspace", run: () => flotilla.range.zoomOut() },
      ...ranges,
    ];
  }

  function query(words) {
    const asked = new URLSearchParams(location.search);
    for (const [name, value] of Object.entries(words)) value ? asked.set(name, value) : asked.delete(name);
    return "?" + asked;
  }

  async function copy() {
    try {
      await navigator.clipboard.writeText(location.href);
      flotilla.toast("The link is copied.", "It shows a colleague of this tenant the same.", "", "good");
    } catch {
      flotilla.toast("The browser does not let a page copy here.", "Copy the address from its bar.", "");
    }
  }

  async function devices(text) {
    const asked = new URLSearchParams({ q: text, limit: MOST });
    const got = await flotilla.ask("GET", `/api/tenants/${tenant().dataset.id}/devices?${asked}`);
    if (!got.ok) return [{ group: "Devices", word: got.problem.detail, note: got.problem.next_step }];
    return got.body.items.map((one) => ({
      group: "Devices", word: one.name, note: [one.address, one.model, one.site].filter(Boolean).join(" · "),
      state: one.state, run: () => visit(home() + "device/" + one.id),
    }));
  }

  async function others() {
    if (!tenants) {
      const got = await flotilla.ask("GET", "/api/tenants?limit=500");
      if (!got.ok) return [{ group: "Tenants", word: got.problem.detail, note: got.problem.next_step }];
      tenants = got.body.items;
    }
    return tenants.map((one) => ({
      group: "Tenants", word: one.name, note: one.id === tenant().dataset.id ? "you are here" : one.slug,
      run: () => (one.id === tenant().dataset.id ? null : enter(one)),
    }));
  }

  async function enter(one) {
    const got = await flotilla.enter(one.id);
    if (!got.ok) return flotilla.toast(got.problem.detail, got.problem.next_step, got.problem.request_id);
    if (channel) channel.postMessage({ entered: got.body.to });
    return flotilla.away(got.body.to);
  }

  function visit(href) {
    document.body.classList.add("going");
    flotilla.go(flotilla.kept(href));
  }

  // --- what is found ------------------------------------------------------------------------------------------

  // The letters in their order; those that begin a word, and stand together, come first.
  function fit(word, text) {
    const where = word.toLowerCase(), whole = where.indexOf(text);
    if (!text) return 0;
    if (whole >= 0) return whole === 0 ? 0 : /\W/.test(where[whole - 1]) ? 1 : 2;
    let at = -1;
    for (const letter of text) if ((at = where.indexOf(letter, at + 1)) < 0) return -1;
    return 3;
  }

  function sift(all, text) {
    return all.map((row) => [fit(row.word + " " + (scope ? row.note : ""), text), row]).filter(([how]) => how >= 0)
      .sort((a, b) => a[0] - b[0]).map(([, row]) => row);
  }

  async function look() {
    const mine = ++turn, text = field.value.trim().toLowerCase();
    clearTimeout(timer);
    if (scope) {
      const found = await others();
      if (mine === turn) draw(sift(found, text));
      return;
    }
    const near = sift([...pages(), ...sections(), ...actions()], text).slice(0, text ? MOST : 40);
    draw(near);
    if (text.length < 2) return;
    await new Promise((go) => { timer = setTimeout(go, PAUSE); });
    const far = await devices(field.value.trim());
    if (mine === turn) draw([...near.filter((row) => fit(row.word, text) < 2), ...far, ...near.filter((row) => fit(row.word, text) >= 2)]);
  }

  function draw(found) {
    rows = found;
    chosen = 0;
    list.replaceChildren();
    let group = "";
    found.forEach((row, place) => {
      if (row.group !== group) list.append(node("div", "palette-group", (group = row.group), { role: "presentation" }));
      const line = node("div", "palette-row", "", { role: "option", id: "found-" + place });
      if (row.state) line.append(glyph(row.state));
      line.append(node("span", "palette-word", row.word));
      if (row.note) line.append(node("span", "muted", row.note));
      if (row.key) line.append(node("kbd", "", row.key));
      line.addEventListener("click", () => act(place));
      line.addEventListener("pointermove", () => chosen === place || choose(place));
      list.append(line);
    });
    if (!found.length) list.append(node("p", "palette-none", scope ? "No tenant of yours is called so." : "Nothing is called so. Enter looks for it in the fleet."));
    choose(0);
  }

  function glyph(state) {
    const made = node("span", "state", "", { "data-state": state, title: state });
    made.append(node("span", "glyph", GLYPHS[state]), node("span", "visually-hidden", state));
    return made;
  }

  function choose(place) {
    chosen = place;
    list.querySelectorAll("[role=option]").forEach((line, at) => line.setAttribute("aria-selected", at === place));
    const line = document.getElementById("found-" + place);
    if (line) line.scrollIntoView({ block: "nearest" });
    field.setAttribute("aria-activedescendant", line ? line.id : "");
  }

  function act(place) {
    const row = rows[place];
    if (row && !row.run) return;
    if (!row || !row.stays) box.close();
    if (row) row.run();
    else if (!scope && field.value.trim()) location.assign(flotilla.kept(home() + "fleet?" + new URLSearchParams({ q: field.value.trim() })));
  }

  field.addEventListener("input", look);
  box.addEventListener("click", (event) => event.target === box && box.close());
  box.addEventListener("keydown", (event) => {
    const steps = { ArrowDown: 1, ArrowUp: -1 }, step = steps[event.key];
    if (step && rows.length) { event.preventDefault(); choose((chosen + step + rows.length) % rows.length); }
    if (event.key === "Enter") { event.preventDefault(); act(chosen); }
    event.stopPropagation();
  });
  document.addEventListener("keydown", (event) => {
    if (event.key.toLowerCase() !== "k" || !(event.ctrlKey || event.metaKey) || event.altKey || event.shiftKey) return;
    event.preventDefault();
    box.open ? box.close() : open();
  });
  document.addEventListener("click", (event) => {
    const button = event.target.closest && event.target.closest("#switch, #find");
    if (button) open(button.id === "switch" ? TENANTS : "");
  });

  // The session is the browser's: when one tab enters another tenant, the others are there as well.
  if (channel) channel.onmessage = (event) => event.data.entered && flotilla.away(event.data.entered);

  Object.assign(flotilla, { palette: open, actions: flotilla.actions || [] });
})();
