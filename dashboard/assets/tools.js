// The tools of a device: ping, traceroute, its log and its menus. What is asked goes to REST, and what was answered
// stays while the page moves on: React keeps the place, and the place is filled here once.
(function () {
  "use strict";
  const SELECTOR = "[data-tools]";
  const filled = new WeakSet();
  const NUMBER = new Intl.NumberFormat("en", { maximumFractionDigits: 1 });
  const KINDS = [["ping", "Ping"], ["traceroute", "Traceroute"], ["log", "Log"], ["menu", "Menus"]];

  const node = (...said) => window.flotilla.node(...said);
  const time = (value) => (value === null || value === undefined ? "–" : NUMBER.format(value));

  // --- small things -------------------------------------------------------------------------------------------

  function field(name, label, more, kind) {
    const id = `tools-${name}`;
    return node("label", { class: `tools-field ${kind || ""}`, for: id }, node("span", { text: label }),
      node("input", { id, name, autocomplete: "off", spellcheck: "false", ...more }));
  }

  function table(columns, rows, label) {
    const heads = columns.map(([name, number]) => node("th", { scope: "col", class: number ? "number" : null, text: name }));
    const body = rows.map((row) => node("tr", {}, row.map((cell, n) => node("td", { class: columns[n][1] ? "number" : null, text: cell }))));
    const laid = node("table", { class: "table" }, node("thead", {}, node("tr", {}, heads)), node("tbody", {}, body));
    return node("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": label }, laid);
  }

  const said = (text, tone) => node("p", { class: tone || "muted", text });

  // --- what is asked, and how an answer is laid out -----------------------------------------------------------

  const TOOLS = {
    ping: {
      hint: "The device sends the pings, so this is what it reaches, and not what you reach.",
      fields: () => [
        field("address", "Address or name", { required: true, placeholder: "192.0.2.1", maxlength: "253" }, "wide"),
        field("count", "How many", { type: "number", min: "1", max: "15", value: "5" }),
        field("source", "From (optional)", { maxlength: "253" }),
      ],
      ask: (base, given) => ["POST", `${base}ping`, { address: given.address, count: Number(given.count || 5), ...(given.source ? { source: given.source } : {}) }],
      show: (found) => [
        node("p", { class: found.received ? "tools-sum" : "tools-sum bad", text:
          `${found.received} of ${found.sent} came back, ${NUMBER.format(100 * found.loss_ratio)} % lost` +
          (found.received ? `; ${time(found.min_milliseconds)} / ${time(found.avg_milliseconds)} / ${time(found.max_milliseconds)} ms (min / avg / max)` : "") }),
        table([["#", true], ["Host"], ["Time (ms)", true], ["TTL", true], ["Status"]],
          found.each.map((one) => [one.number, one.host, time(one.milliseconds), one.ttl === null ? "–" : one.ttl, one.status || "answered"]), "Pings"),
      ],
    },
    traceroute: {
      hint: "The way from the device to a host, hop by hop. A hop without an address did not answer.",
      fields: () => [field("address", "Address or name", { required: true, placeholder: "192.0.2.1", maxlength: "253" }, "wide")],
      ask: (base, given) => ["POST", `${base}traceroute`, { address: given.address }],
      show: (found) => [
        found.complete ? null : said("The time was over before the whole way was known."),
        found.hops.length ? table([["Hop", true], ["Address"], ["Loss", true], ["Last (ms)", true], ["Avg", true], ["Worst", true]],
          found.hops.map((hop) => [hop.number, hop.address || "no answer", hop.loss_ratio === null ? "–" : `${NUMBER.format(100 * hop.loss_ratio)} %`,
            time(hop.last_milliseconds), time(hop.avg_milliseconds), time(hop.worst_milliseconds)]), "Hops") : said("No hop was told."),
      ],
    },
    log: {
      hint: "The newest lines of the device's own log, the newest first. Times are in the device's zone.",
      fields: () => [
        field("limit", "Lines", { type: "number", min: "1", max: "1000", value: "100" }),
        field("words", "Only with (optional)", { maxlength: "100" }, "wide"),
        node("label", { class: "tools-follow" }, node("input", { type: "checkbox", name: "follow" }), node("span", { text: "Follow, every 10 s" })),
      ],
      ask: (base, given) => ["GET", `${base}log?limit=${Number(given.limit || 100)}`, null],
      show: (found, given) => {
        const wanted = (given.words || "").toLowerCase();
        const lines = found.lines.filter((line) => !wanted || `${line.topics} ${line.message}`.toLowerCase().includes(wanted)).reverse();
        return lines.length ? [table([["Time"], ["Topics"], ["Message"]], lines.map((line) => [line.time, line.topics.join(", "), line.message]), "Log")]
          : [said(wanted && found.lines.length ? `None of the ${found.lines.length} newest lines has “${given.words}”.` : "The log is empty.")];
      },
    },
    menu: {
      hint: "What a menu of the device holds now. Secrets are masked; nothing is changed from here.",
      fields: (spec) => [
        field("menu", "Menu", { required: true, list: "tools-menus", placeholder: "/ip/address", pattern: "(/[a-z0-9][a-z0-9\\-]*)+", title: "With slashes, as /ip/address" }, "wide"),
        node("datalist", { id: "tools-menus" }, spec.menus.map((menu) => node("option", { value: menu }))),
        field("words", "Only rows with (optional)", { maxlength: "100" }),
        spec.secrets ? node("label", { class: "tools-follow" }, node("input", { type: "checkbox", name: "secrets" }), node("span", { text: "Show secrets (on record)" })) : null,
      ],
      ask: (base, given) => ["POST", `${base}commands`, { menu: given.menu.replace(/\/$/, ""), limit: 500, ...(given.secrets ? { secrets: true } : {}) }],
      show: (found, given) => {
        const wanted = (given.words || "").toLowerCase();
        const rows = found.rows.filter((row) => !wanted || Object.values(row).some((value) => value.toLowerCase().includes(wanted)));
        const columns = [...new Set(rows.flatMap((row) => Object.keys(row)))].filter((name) => !name.startsWith("."));
        if (!rows.length) return [said(found.rows.length ? `None of the ${found.rows.length} rows has “${given.words}”.` : "The menu is empty.")];
        return [said(`${rows.length} ${rows.length === 1 ? "row" : "rows"}${found.more ? "; the device has more" : ""}`),
          rows.length === 1 ? facts(rows[0]) : table(columns.map((name) => [name]), rows.map((row) => columns.map((name) => row[name] ?? "")), given.menu)];
      },
    },
  };

  // One record, as of /system/resource, is read better from top to bottom.
  const facts = (row) => node("dl", { class: "tools-facts" },
    Object.entries(row).filter(([name]) => !name.startsWith(".")).map(([name, value]) => node("div", {}, node("dt", { text: name }), node("dd", { text: value }))));

  // --- the bench ----------------------------------------------------------------------------------------------

  function fill(place) {
    const spec = JSON.parse(place.dataset.tools);
    const panels = KINDS.map(([kind]) => panel(spec, kind));
    const tabs = KINDS.map(([kind, word], n) => node("button", {
      type: "button", class: "toggle", id: `tools-tab-${kind}`, "aria-controls": `tools-${kind}-panel`, text: word,
      onclick: () => choose(tabs, panels, n),
    }));
    place.replaceChildren(node("div", { class: "tools-kinds", role: "group", "aria-label": "Tools" }, tabs), ...panels);
    choose(tabs, panels, 0);
  }

  function choose(tabs, panels, chosen) {
    tabs.forEach((tab, n) => tab.setAttribute("aria-pressed", String(n === chosen)));
    tabs.forEach((tab, n) => (n === chosen ? tab.setAttribute("aria-current", "true") : tab.removeAttribute("aria-current")));
    panels.forEach((one, n) => { one.hidden = n !== chosen; });
  }

  function panel(spec, kind) {
    const tool = TOOLS[kind], out = node("div", { class: "tools-out", "aria-live": "polite" }, said(tool.hint));
    const submit = node("button", { type: "submit", class: "button primary", text: kind === "log" || kind === "menu" ? "Read" : "Start" });
    const form = node("form", { class: "tools-form" }, tool.fields(spec).filter(Boolean), submit);
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      go(spec, tool, { form, submit, out });
    });
    return node("section", { id: `tools-${kind}-panel`, class: "panel wide tools-panel", "data-testid": `tools-${kind}` }, form, out);
  }

  async function go(spec, tool, { form, submit, out }) {
    const given = Object.fromEntries(new FormData(form)), [method, path, body] = tool.ask(spec.path, given);
    submit.disabled = true;
    out.setAttribute("aria-busy", "true");
    const began = Date.now(), beat = setInterval(() => {
      if (!out.dataset.answered) out.replaceChildren(said(`${spec.name} is being asked… ${Math.round((Date.now() - began) / 1000)} s`));
    }, 500);
    const answer = await window.flotilla.send(method, path, body);
    clearInterval(beat);
    submit.disabled = false;
    out.removeAttribute("aria-busy");
    out.dataset.answered = answer.ok ? "yes" : "";
    out.replaceChildren(...(answer.ok ? tool.show(answer.body, given) : [window.flotilla.alarm(answer.problem)]).filter(Boolean));
    if (answer.ok && given.follow) setTimeout(() => again(spec, tool, { form, submit, out }), 10000);
  }

  // It goes on as long as somebody looks at it and wants it.
  function again(spec, tool, parts) {
    const wanted = parts.form.isConnected && parts.form.elements.follow && parts.form.elements.follow.checked;
    if (wanted && !document.hidden && !parts.submit.disabled) go(spec, tool, parts);
    else if (wanted) setTimeout(() => again(spec, tool, parts), 2000);
  }

  function look() {
    document.querySelectorAll(SELECTOR).forEach((place) => {
      if (filled.has(place) || !window.flotilla || !window.flotilla.node) return;
      filled.add(place);
      fill(place);
    });
  }

  new MutationObserver(look).observe(document.documentElement, { childList: true, subtree: true });
  look();
})();
