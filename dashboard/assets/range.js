// The one time range of all pages: it stands in the address, moves with keys, and goes along from page to page.
(function () {
  "use strict";
  const START = "now-1h", END = "now", LONGEST = 400 * 86400000, LEAST = 60000;
  const UNITS = { s: 1000, m: 60000, h: 3600000, d: 86400000, w: 604800000 };
  const WORDS = { s: "s", m: "min", h: "h", d: "days", w: "weeks" };
  const RELATIVE = ["15m", "1h", "6h", "24h", "7d", "30d"];
  const RELATION = /^now(?:-(\d{1,4})([smhdw]))?$/;

  const asked = () => new URLSearchParams(location.search);
  const exact = (at) => new Date(at).toISOString().slice(0, 19) + "Z";

  function instant(text, now) {
    const found = RELATION.exec(text);
    if (found) return now - (found[1] ? found[1] * UNITS[found[2]] : 0);
    return Date.parse(/(Z|[+-]\d\d:\d\d)$/.test(text) ? text : text + "Z");
  }

  // The range of the address: its words, its ends, and whether it moves along.
  function read() {
    const query = asked(), now = Date.now();
    const from = query.get("from") || START, to = query.get("to") || END;
    return { from, to, live: to === END, start: instant(from, now), end: instant(to, now) };
  }

  function span(length) {
    const seconds = Math.max(1, Math.round(Math.min(length, LONGEST) / 1000));
    const unit = ["d", "h", "m", "s"].find((one) => seconds % (UNITS[one] / 1000) === 0 && seconds / (UNITS[one] / 1000) <= 9999);
    return unit ? seconds / (UNITS[unit] / 1000) + unit : Math.ceil(seconds / 3600) + "h";
  }

  // The address of this page with another range; the usual one is not written.
  function address(from, to) {
    const query = asked();
    from === START ? query.delete("from") : query.set("from", from);
    to === END ? query.delete("to") : query.set("to", to);
    return "?" + query;
  }

  const go = (from, to) => window.flotilla.go(address(from, to));

  // From `start` to `end`; what reaches the present moves along with it.
  function show(start, end) {
    const now = Date.now(), length = Math.max(end - start, LEAST);
    if (end >= now - length / 100 - 1000) return go("now-" + span(length), END);
    return go(exact(Math.max(start, now - LONGEST)), exact(end));
  }

  function shift(by) {
    const { start, end } = read(), step = ((end - start) / 2) * by;
    if (start < end) show(start + step, end + step);
  }

  function zoomOut() {
    const { start, end, live } = read(), half = (end - start) / 2;
    if (!(start < end)) return;
    live ? go("now-" + span((end - start) * 2), END) : show(start - half, end + half);
  }

  // A link to another page of the tenant takes the range along, unless it names one.
  function kept(href) {
    const url = new URL(href, location.href), here = asked();
    const home = location.pathname.split("/").slice(0, 3).join("/") + "/";
    if (url.origin !== location.origin || !url.pathname.startsWith(home) || url.pathname === location.pathname) return url.href;
    if (url.searchParams.has("from") || url.searchParams.has("to")) return url.href;
    for (const name of ["from", "to"]) if (here.has(name)) url.searchParams.set(name, here.get(name));
    return url.href;
  }

  // --- how it is told -----------------------------------------------------------------------------------------

  function moment(at, beside) {
    const date = new Date(at), day = { day: "numeric", month: "short" };
    const same = beside !== undefined && new Date(beside).toDateString() === date.toDateString();
    if (date.getFullYear() !== new Date().getFullYear()) day.year = "numeric";
    const time = date.toLocaleTimeString("en-GB", { hour: "2-digit", minute: "2-digit" });
    return same ? time : date.toLocaleDateString("en-GB", day) + " " + time;
  }

  function told() {
    const { from, start, end, live } = read(), found = RELATION.exec(from);
    if (isNaN(start) || isNaN(end)) return "No range";
    if (!live) return moment(start) + " – " + moment(end, start);
    return found && found[1] ? "Last " + found[1] + " " + WORDS[found[2]] : "Since " + moment(start);
  }

  function paint() {
    const button = document.getElementById("range");
    if (!button) return;
    button.querySelector(".range-text").textContent = told();
    button.dataset.live = read().live;
    document.getElementById("later").disabled = read().live;
  }

  // --- the menu -----------------------------------------------------------------------------------------------

  function node(tag, kind, text, more) {
    const made = document.createElement(tag);
    if (kind) made.className = kind;
    if (text) made.textContent = text;
    return Object.assign(made, more || {});
  }

  const box = node("dialog", "drop range-menu", "", { id: "range-menu", ariaLabel: "Time range" });

  function menu() {
    if (box.open) return box.close();
    const { from, to } = read();
    const quick = node("div", "choices");
    for (const one of RELATIVE) {
      const found = RELATION.exec("now-" + one), link = node("a", "choice-link", `Last ${found[1]} ${WORDS[found[2]]}`, { href: address("now-" + one, END) });
      link.dataset.nav = "range";
      if (from === "now-" + one && to === END) link.setAttribute("aria-current", "true");
      quick.append(link);
    }
    box.replaceChildren(quick, form(), steps());
    document.body.append(box);
    box.showModal();
    place();
    reboot(quick);
  }

  function place() {
    const at = document.getElementById("range").getBoundingClientRect();
    box.style.top = at.bottom + 4 + "px";
    box.style.left = Math.max(8, Math.min(at.left, innerWidth - box.offsetWidth - 8)) + "px";
  }

  function local(at) {
    const date = new Date(at);
    return isNaN(at) ? "" : new Date(at - date.getTimezoneOffset() * 60000).toISOString().slice(0, 16);
  }

  function form() {
    const { start, end } = read(), made = node("form", "absolute");
    const zone = Intl.DateTimeFormat().resolvedOptions().timeZone || "UTC";
    const fields = [["From", start], ["To", end]].map(([word, at]) => {
      const label = node("label", "", word), field = node("input", "field", "", { type: "datetime-local", value: local(at), required: true });
      label.append(field);
      made.append(label);
      return field;
    });
    const wrong = node("p", "wrong", "", { role: "alert" });
    made.append(wrong, node("div", "row", "", {}));
    made.lastChild.append(node("span", "muted", zone), node("button", "button", "Show", { type: "submit" }));
    made.addEventListener("submit", (event) => {
      event.preventDefault();
      const [from, to] = fields.map((field) => new Date(field.value).getTime());
      wrong.textContent = !(from < to) ? "The end is not after the start." : from >= Date.now() ? "That lies in the future." : to - from > LONGEST ? "At most 400 days." : "";
      if (wrong.textContent) return;
      box.close();
      to >= Date.now() - 60000 ? go(exact(from), END) : go(exact(from), exact(to));
    });
    return made;
  }

  function steps() {
    const row = node("div", "row keys-row");
    for (const [key, word, act] of [[",", "Earlier", () => shift(-1)], [".", "Later", () => shift(1)], ["Backspace", "Zoom out", zoomOut]]) {
      const button = node("button", "quiet", word + " ", { type: "button" });
      button.append(node("kbd", "", key));
      button.addEventListener("click", act);
      row.append(button);
    }
    return row;
  }

  // On a device's page: since when it runs, as it said itself.
  async function reboot(quick) {
    const device = location.pathname.match(/\/device\/([0-9a-f-]{36})/), tenant = document.getElementById("tenant");
    if (!device || !tenant.dataset.id) return;
    const link = node("a", "choice-link", "Since its last reboot");
    quick.append(link);
    const got = await window.flotilla.ask("GET", `/api/tenants/${tenant.dataset.id}/devices/${device[1]}`);
    const seconds = got.ok && got.body.uptime_seconds, heard = got.ok && Date.parse(got.body.heard_at);
    if (!seconds || !heard) return link.replaceWith(node("span", "muted", "It has not told since when it runs."));
    link.href = address(exact(heard - seconds * 1000), END);
    link.dataset.nav = "range";
    link.title = moment(heard - seconds * 1000);
  }

  document.addEventListener("click", (event) => {
    const button = event.target.closest && event.target.closest("#range, #earlier, #later");
    if (button) ({ range: menu, earlier: () => shift(-1), later: () => shift(1) })[button.id]();
    else if (event.target === box || (box.open && event.target.closest("#range-menu a"))) box.close();
  });

  window.flotilla = Object.assign(window.flotilla || {}, { range: { read, show, shift, zoomOut, told }, kept });
  window.flotilla.keys = Object.assign(window.flotilla.keys || {}, {
    ",": () => shift(-1), ".": () => shift(1), Backspace: zoomOut,
  });

  const ours = (window.dash_clientside = window.dash_clientside || {});
  ours.flotilla = Object.assign(ours.flotilla || {}, {
    range() {
      paint();
      return "Time range: " + told();
    },
  });
})();
