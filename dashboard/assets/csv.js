// A table of devices: read here, tried by REST without keeping anything, then done; a result stands at each row.
(function () {
  "use strict";
  const LARGEST = 2e6, MOST = 1000;
  const EXAMPLE = "name,address,port,tls,fingerprint,profile,site,tags\ncore-1,10.20.0.1,8729,verify,,routers,Oslo,\"core,edge\"\n";
  const WORDS = { created: "is made", updated: "is changed", unchanged: "stays as it is", deleted: "is removed", failed: "■ fails" };

  function open(path, given) {
    const { node, dialog } = window.flotilla;
    const file = node("input", { type: "file", accept: ".csv,text/csv", "aria-label": "A CSV file" });
    const text = node("textarea", { rows: 8, spellcheck: "false", "aria-label": "The table", placeholder: EXAMPLE });
    const action = node("select", { "aria-label": "What the rows are for" },
      [["apply", "change those that are there, add the others"], ["create", "add only"], ["update", "change only"], ["delete", "remove"]]
        .map(([value, word]) => node("option", { value, text: word })));
    const results = node("div", { class: "csv-results", role: "status" });
    const confirm = node("input", { type: "text", "aria-label": "Write REMOVE to confirm", placeholder: "Write REMOVE to confirm", hidden: true, autocomplete: "off" });
    const apply = node("button", { type: "button", class: "button primary", text: "Do it", disabled: true });
    const check = node("button", { type: "button", class: "button", text: "Check, keep nothing" });
    const close = node("button", { type: "button", class: "button", text: "Close", onclick: () => box.close() });
    const box = dialog("Devices from a table", node("div", { class: "form-fields" },
      node("p", { class: "form-text", text: "A line for each device below a head; columns in any order, as many as you need. What is left out stays as it is. A device that is there is found by its name. At most 1,000 rows." }),
      file, text, node("label", { class: "form-field" }, node("span", { class: "form-label", text: "The rows are to" }), action),
      results, confirm, node("footer", {}, node("button", { type: "button", class: "button bare", text: "Example", onclick: () => { text.value = EXAMPLE; stale(); } }),
        node("span", { class: "grow" }), close, check, apply)));
    box.classList.add("wide");
    text.value = given || "";
    const state = { path, text, action, results, confirm, apply, check, close, tried: null, key: "" };

    // What was tried is not what stands there any more.
    function stale() { state.tried = null; apply.disabled = true; confirm.hidden = true; results.replaceChildren(); }
    text.addEventListener("input", stale);
    action.addEventListener("change", stale);
    file.addEventListener("change", async () => {
      const [chosen] = file.files;
      if (!chosen) return;
      stale();
      if (chosen.size > LARGEST) return say(state, "This file is larger than 2 MB.", "Cut it into several.");
      text.value = await chosen.text();
    });
    confirm.addEventListener("input", () => { apply.disabled = confirm.value !== "REMOVE"; });
    check.addEventListener("click", () => run(state, true));
    apply.addEventListener("click", () => run(state, false));
    file.focus();
  }

  function say(state, detail, step) {
    state.results.replaceChildren(window.flotilla.alarm({ detail, next_step: step }));
  }

  async function run(state, dry) {
    const written = state.text.value.trim(), rows = written.split("\n").length - 1;
    if (!written || rows < 1) return say(state, "There is no table yet.", "Choose a file, or write a head and a line for each device.");
    if (rows > MOST * 3) return say(state, `These are ${rows} lines.`, `Give at most ${MOST} devices at once.`);
    if (!dry && state.tried !== written) return;
    if (!dry && !state.key) state.key = window.flotilla.unique();
    [state.apply, state.check].forEach((button) => { button.disabled = true; });
    state.results.replaceChildren(window.flotilla.node("span", { class: "muted", text: dry ? "Checking…" : "Working…" }));
    const query = new URLSearchParams({ action: state.action.value, dry_run: dry });
    const answer = await window.flotilla.send("POST", `${state.path}?${query}`, written + "\n", { type: "text/csv", ...(dry ? {} : { key: state.key }) });
    state.check.disabled = false;
    if (!answer.ok) return state.results.replaceChildren(window.flotilla.alarm(answer.problem));
    show(state, answer.body, dry);
    if (!dry) { state.tried = null; state.key = ""; state.confirm.hidden = true; return window.flotilla.done("The table was worked through."); }
    const removes = answer.body.counts.deleted > 0, does = Object.entries(answer.body.counts).some(([name, n]) => n && name !== "failed" && name !== "unchanged");
    state.tried = written;
    state.confirm.hidden = !removes;
    state.confirm.value = "";
    state.apply.disabled = removes || !does;
  }

  function show(state, body, dry) {
    const { node } = window.flotilla;
    const counts = Object.entries(body.counts).filter(([, count]) => count).map(([name, count]) => `${count} ${dry && name !== "failed" ? "would be " : ""}${name}`);
    const order = { failed: 0 };
    const rows = [...body.items].sort((a, b) => (order[a.status] ?? 1) - (order[b.status] ?? 1) || a.line - b.line);
    state.results.replaceChildren(
      node("strong", { text: counts.join(", ") + "." }),
      node("div", { class: "table-frame" }, node("table", { class: "table", "aria-label": "What became of each row" },
        node("thead", {}, node("tr", {}, ["Line", "Device", "What", "Why"].map((word) => node("th", { scope: "col", text: word })))),
        node("tbody", {}, rows.map((row) => node("tr", { "data-status": row.status },
          node("td", { text: row.line, "data-label": "Line" }), node("td", { text: row.name || "—", "data-label": "Device" }),
          node("td", { text: WORDS[row.status], "data-label": "What" }), node("td", { text: why(row), "data-label": "Why" })))))));
  }

  function why(row) {
    if (row.status === "updated") return row.changed.join(", ");
    const faults = (row.errors || []).map((one) => `${one.name}: ${one.detail}`).join(" ");
    return faults || [row.detail, row.next_step].filter(Boolean).join(" ");
  }

  document.addEventListener("click", (event) => {
    const opener = event.target.closest && event.target.closest("[data-csv]");
    if (opener) open(opener.dataset.csv, opener.dataset.csvText);
  });
})();
