// What is done to many devices: first tried, then confirmed, then done in parts through REST, with a result for each.
(function () {
  "use strict";
  const PART = 500, TYPED = 10, SHOWN = 200;
  const WOULD = { updated: "would change", unchanged: "would stay as they are", planned: "would get a window", failed: "would fail" };
  const DID = { updated: "changed", unchanged: "stayed as they were", planned: "got a window", failed: "failed", unsent: "not sent" };
  const FIRST = ["failed", "unsent", "updated", "planned", "unchanged"];
  const TAG = /^[a-z0-9][a-z0-9._:/-]{0,62}$/;
  let waiting = null;

  // --- which devices ------------------------------------------------------------------------------------------

  // Those that match are told by the server, for the filters of the address; else the ones that were chosen by hand.
  async function targets() {
    const chosen = window.flotilla.choice();
    if (!chosen.all) return chosen.devices;
    const left = new Set(chosen.left);
    return (await matching()).filter(([id]) => !left.has(id));
  }

  function matching() {
    return new Promise((found) => {
      waiting = { at: window.flotilla.unique(), found };
      window.dash_clientside.set_props("fleet-ask", { data: waiting.at });
    });
  }

  // --- in parts -----------------------------------------------------------------------------------------------

  async function through(state, dry) {
    const items = [], { act, wish } = state, many = state.devices.length;
    for (let from = 0; from < many; from += PART) {
      const part = state.devices.slice(from, from + PART);
      const stopped = state.stopped || !state.box.isConnected;
      const answer = stopped ? null : await window.flotilla.send("POST", `${act.path()}?dry_run=${dry}`, act.body(part, wish));
      if (answer && answer.ok) items.push(...answer.body.items);
      else {
        const problem = answer ? answer.problem : { detail: "You stopped before this one." };
        if (dry) return { problem };
        items.push(...part.map(([id, name]) => ({ id, name, status: answer ? "failed" : "unsent", ...problem })));
      }
      state.progress.textContent = `${Math.min(from + PART, many).toLocaleString("en")} of ${many.toLocaleString("en")}`;
    }
    return { items };
  }

  // --- the dialog ---------------------------------------------------------------------------------------------

  async function open(act) {
    const { node, dialog } = window.flotilla;
    const progress = node("span", { class: "muted", role: "status" }), results = node("div", { class: "bulk-results" });
    const confirm = node("input", { type: "text", hidden: true, autocomplete: "off" });
    const apply = node("button", { type: "button", class: "button primary", text: "Do it", disabled: true });
    const check = node("button", { type: "submit", class: "button plain", text: "Preview" });
    const stop = node("button", { type: "button", class: "button plain", text: "Stop", hidden: true });
    const form = node("form", { class: "form-fields", novalidate: true });
    const box = dialog(act.title, form), close = node("button", { type: "button", class: "button plain", text: "Close", onclick: () => box.close() });
    const said = node("p", { class: "form-text", text: "Looking up the devices…" }), fields = act.fields(node);
    form.append(said, ...fields, results, confirm, node("footer", {}, progress, node("span", { class: "grow" }), close, stop, check, apply));
    box.classList.add("wide");
    const state = { act, box, fields, results, confirm, apply, check, stop, progress, devices: [], wish: null, stopped: false };
    const stale = () => { apply.disabled = true; confirm.hidden = true; results.replaceChildren(); };
    form.addEventListener("input", (event) => event.target !== confirm && stale());
    form.addEventListener("submit", (event) => { event.preventDefault(); if (!check.disabled) preview(state); });
    confirm.addEventListener("input", () => { apply.disabled = confirm.value.trim() !== state.word; });
    apply.addEventListener("click", () => run(state));
    stop.addEventListener("click", () => { state.stopped = true; stop.disabled = true; });
    check.disabled = true;
    state.devices = await targets();
    said.textContent = `For ${plural(state.devices.length)}.`;
    check.disabled = false;
    form.querySelector("input, select").focus();
  }

  const plural = (count) => `${count.toLocaleString("en")} ${count === 1 ? "device" : "devices"}`;

  function busy(state, on) {
    state.check.disabled = on;
    state.fields.forEach((field) => field.querySelectorAll("input, select").forEach((one) => { one.disabled = on; }));
  }

  async function preview(state) {
    const wish = state.act.wish(state.fields);
    if (wish.wrong) return state.results.replaceChildren(window.flotilla.alarm({ detail: wish.wrong, next_step: wish.step }));
    state.wish = wish;
    busy(state, true);
    const { items, problem } = await through(state, true);
    busy(state, false);
    state.progress.textContent = "";
    if (problem) return state.results.replaceChildren(window.flotilla.alarm(problem));
    show(state, items, WOULD, "Nothing has been done yet.");
    const does = items.filter((item) => item.status === "updated" || item.status === "planned").length;
    state.word = String(does);
    state.confirm.hidden = does <= TYPED;
    state.confirm.value = "";
    state.confirm.placeholder = `Write ${does}, the number of devices, to confirm`;
    state.confirm.setAttribute("aria-label", state.confirm.placeholder);
    state.apply.textContent = does ? `${state.act.verb} ${plural(does)}` : "Nothing to do";
    state.apply.disabled = !does || does > TYPED;
    if (does > TYPED) state.confirm.focus();
  }

  async function run(state) {
    busy(state, true);
    state.apply.disabled = state.confirm.hidden = true;
    state.stop.hidden = state.devices.length <= PART;
    const { items } = await through(state, false);
    [state.apply, state.check, state.stop].forEach((button) => { button.hidden = true; });
    state.progress.textContent = "";
    const failed = items.filter((item) => item.status === "failed" || item.status === "unsent").length;
    if (state.box.isConnected) show(state, items, DID, "");
    window.flotilla.done(failed ? `${plural(failed)} of ${items.length.toLocaleString("en")} failed: the dialog says why.` : `Done for ${plural(items.length)}.`);
  }

  function show(state, items, words, said) {
    const { node } = window.flotilla;
    const counts = FIRST.map((status) => [status, items.filter((item) => item.status === status).length]).filter(([, count]) => count);
    const rows = [...items].sort((one, other) => FIRST.indexOf(one.status) - FIRST.indexOf(other.status)).slice(0, SHOWN);
    const more = items.length - rows.length;
    state.results.replaceChildren(
      node("strong", { "data-testid": "bulk-counts", text: counts.map(([status, count]) => `${count.toLocaleString("en")} ${words[status]}`).join(" · ") + ". " + said }),
      node("div", { class: "table-frame" }, node("table", { class: "table", "aria-label": "What becomes of each device" },
        node("thead", {}, node("tr", {}, ["Device", "What", "Why"].map((word) => node("th", { scope: "col", text: word })))),
        node("tbody", {}, rows.map((item) => node("tr", { "data-status": item.status },
          node("td", { text: item.name || item.id, "data-label": "Device" }), node("td", { text: words[item.status].replace("stay as they are", "stay as it is").replace("stayed as they were", "stayed as it was"), "data-label": "What" }),
          node("td", { text: why(item), "data-label": "Why" })))))),
      ...(more > 0 ? [node("p", { class: "muted", text: `and ${plural(more)} more` })] : []));
  }

  function why(item) {
    const faults = (item.errors || []).map((one) => one.detail).join(" ");
    return faults || [item.detail, item.next_step].filter(Boolean).join(" ") || (item.changed || []).join(", ");
  }

  // --- what can be done ---------------------------------------------------------------------------------------

  const home = () => "/api/tenants/" + document.getElementById("fleet").dataset.tenant;
  const field = (node, name, label, made, hint) => {
    made.name = name;
    return node("label", { class: "form-field half" }, node("span", { class: "form-label", text: label }), made, node("small", { class: "form-hint", text: hint }));
  };
  const value = (fields, name) => fields.map((one) => one.querySelector(`[name=${name}]`)).find(Boolean).value.trim();
  const words = (text) => text.split(/[\s,;]+/).filter(Boolean);

  function known(node) {
    const list = [...document.querySelectorAll("[data-testid=facet-tag] .facet-row")].map((row) => row.title).filter((tag) => TAG.test(tag));
    return node("datalist", { id: "bulk-tags" }, list.map((tag) => node("option", { value: tag })));
  }

  const TAGS = {
    title: "Tags", verb: "Change",
    path: () => home() + "/devices/bulk",
    fields: (node) => [
      field(node, "add", "Tags to add", node("input", { type: "text", autocomplete: "off", list: "bulk-tags" }), "Several with commas between them."),
      field(node, "remove", "Tags to remove", node("input", { type: "text", autocomplete: "off", list: "bulk-tags" }), "From those that have them."),
      known(node),
    ],
    wish(fields) {
      const [add, remove] = [words(value(fields, "add")), words(value(fields, "remove"))];
      const odd = [...add, ...remove].find((tag) => !TAG.test(tag)), both = add.find((tag) => remove.includes(tag));
      if (!add.length && !remove.length) return { wrong: "No tag is named.", step: "Write tags to add or to remove." };
      if (both) return { wrong: `“${both}” is to come and to go.`, step: "Leave it in one of the two." };
      return odd ? { wrong: `“${odd}” is no tag.`, step: "It begins with a-z or 0-9 and goes on with these and . _ : / - (63 at most)." } : { add, remove };
    },
    body: (part, wish) => ({ devices: part.map(([id]) => ({ id, action: "update", tags_add: wish.add, tags_remove: wish.remove })) }),
  };

  const MAINTENANCE = {
    title: "Maintenance", verb: "Plan for",
    path: () => home() + "/maintenance/bulk",
    fields: (node) => [
      field(node, "lasts", "From now, for", node("select", {}, [["30m", "30 minutes"], ["1h", "1 hour"], ["2h", "2 hours"], ["4h", "4 hours"], ["8h", "8 hours"], ["1d", "1 day"], ["7d", "7 days"]]
        .map(([given, word]) => node("option", { value: given, text: word, selected: given === "2h" }))), "Nothing is expected of them until then."),
      field(node, "reason", "Reason", node("input", { type: "text", maxlength: 500, autocomplete: "off" }), "It stands in the audit log and at the device."),
    ],
    wish(fields) {
      const [lasts, reason] = [value(fields, "lasts"), value(fields, "reason")];
      return reason ? { lasts, reason } : { wrong: "There is no reason yet.", step: "Say in a few words what is done." };
    },
    body: (part, wish) => ({ devices: part.map(([id]) => id), ...wish }),
  };

  const ours = (window.dash_clientside = window.dash_clientside || {});
  ours.flotilla = Object.assign(ours.flotilla || {}, {
    meant(told) {
      if (told && waiting && told.at === waiting.at) waiting.found(told.devices);
      return window.dash_clientside.no_update;
    },
  });
  window.flotilla = Object.assign(window.flotilla || {}, {
    bulk: { "Tags…": () => open(TAGS), "Maintenance…": () => open(MAINTENANCE), "Push…": () => window.flotilla.pushMany(targets), "Rollout…": () => window.flotilla.planMany(targets) }, matching,
  });
})();
