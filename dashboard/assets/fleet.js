// The fleet's rows under the keys and the pointer: the one that is looked at closer, and those that are chosen.
(function () {
  "use strict";
  const GRID = "fleet-grid";
  const one = (id) => document.getElementById(id);
  const api = () => window.flotilla.grid.api();
  let picks = new Map(), all = false, left = new Set(), last = -1;

  // --- one row, closer ----------------------------------------------------------------------------------------

  const peeked = () => new URLSearchParams(location.search).get("peek");

  function peek(id) {
    const query = new URLSearchParams(location.search);
    id ? query.set("peek", id) : query.delete("peek");
    window.flotilla.go(location.pathname + "?" + query, true);
  }

  const rowOf = (node) => node.closest && node.closest(`#${GRID} .ag-row`);
  const nodeOf = (row) => { const grid = api(); return grid ? grid.getDisplayedRowAtIndex(Number(row.getAttribute("row-index"))) : null; };

  function focused() {
    const grid = api(), cell = grid && grid.getFocusedCell();
    return cell ? cell.rowIndex : -1;
  }

  function move(step) {
    const grid = api();
    if (!grid || !grid.getDisplayedRowCount()) return;
    const from = focused(), first = Math.max(0, grid.getFirstDisplayedRowIndex());
    const to = from < 0 ? first : Math.min(Math.max(from + step, 0), grid.getDisplayedRowCount() - 1);
    grid.ensureIndexVisible(to);
    grid.setFocusedCell(to, "name");
    const node = grid.getDisplayedRowAtIndex(to);
    if (peeked() && node && node.data) peek(node.data.id);
  }

  function enter() {
    const grid = api(), node = grid && grid.getDisplayedRowAtIndex(focused());
    if (!node || !node.data) return;
    if (peeked() !== node.data.id) return peek(node.data.id);
    const open = one("peek-open");
    if (open) open.click();
  }

  // --- rows that are chosen -----------------------------------------------------------------------------------

  const picked = (id) => (all ? !left.has(id) : picks.has(id));

  function pick(data, on) {
    if (all) on ? left.delete(data.id) : left.add(data.id);
    else on ? picks.set(data.id, data.name) : picks.delete(data.id);
  }

  function toggle(index, range) {
    const grid = api(), node = grid && grid.getDisplayedRowAtIndex(index);
    if (!node || !node.data || !grid.getColumn("pick")) return;
    const on = !picked(node.data.id), [from, to] = range && last >= 0 ? [Math.min(last, index), Math.max(last, index)] : [index, index];
    for (let at = from; at <= to; at += 1) {
      const each = grid.getDisplayedRowAtIndex(at);
      if (each && each.data) pick(each.data, on);
    }
    last = index;
    repaint();
  }

  function everything(on) {
    [all, picks, left, last] = [on, new Map(), new Set(), -1];
    repaint();
  }

  const matching = () => { const grid = api(); return grid ? grid.getDisplayedRowCount() : 0; };
  const count = () => (all ? matching() - left.size : picks.size);

  function repaint() {
    const grid = api();
    if (grid && grid.getColumn("pick")) grid.refreshCells({ columns: ["pick"], force: true });
    paint();
  }

  function paint() {
    const bar = one("fleet-bulk");
    if (!bar) return;
    const number = count(), total = matching();
    bar.hidden = !number;
    if (!number) return;
    const says = `${number.toLocaleString("en")} chosen${all ? ", all that match" : ""}${all && left.size ? ` but ${left.size}` : ""}`;
    const told = JSON.stringify([says, total]);
    if (bar.told === told) return;
    bar.told = told;
    const button = (word, act) => { const made = document.createElement("button"); made.className = "tool"; made.type = "button"; made.textContent = word; made.addEventListener("click", act); return made; };
    const words = document.createElement("strong");
    words.textContent = says;
    words.dataset.testid = "chosen";
    bar.replaceChildren(words, ...(all || number >= total ? [] : [button(`Choose all ${total.toLocaleString("en")} that match`, () => everything(true))]),
      ...Object.entries(window.flotilla.bulk || {}).map(([word, act]) => button(word, act)), button("Clear", () => everything(false)));
  }

  // --- keys and clicks ----------------------------------------------------------------------------------------

  const KEYS = {
    j: () => move(1),
    k: () => move(-1),
    x: () => toggle(focused(), false),
    Enter: enter,
    Escape: () => (peeked() ? peek("") : everything(false)),
  };

  function press(event) {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || !one(GRID)) return;
    const at = event.target, within = at.closest && at.closest(`#${GRID}`);
    if (at.isContentEditable || (/^(INPUT|TEXTAREA|SELECT)$/.test(at.tagName) && !at.classList.contains("picker"))) return;
    if (document.querySelector("dialog[open], [role=dialog], [popover]:popover-open")) return;
    if (event.key === "Enter" && !within) return;
    const act = KEYS[event.key];
    if (!act) return;
    if (event.key !== "Escape") event.preventDefault();
    act();
  }

  function click(event) {
    if (!event.target.closest) return;
    if (event.target.closest("#fleet-filters")) return filters();
    const row = rowOf(event.target);
    if (!row) return;
    const cell = event.target.closest(".ag-cell.pick");
    if (cell) return toggle(Number(row.getAttribute("row-index")), event.shiftKey);
    if (event.target.closest("a, button") || String(getSelection())) return;
    const node = nodeOf(row);
    if (node && node.data) peek(node.data.id);
  }

  const root = document.documentElement, FACETS = "flotilla-fleet-facets";

  function filters() {
    root.dataset.facets = getComputedStyle(one("fleet-facets")).display === "none" ? "open" : "closed";
    if (innerWidth > 900) try { localStorage.setItem(FACETS, root.dataset.facets); } catch { /* for this page only */ }
    window.flotilla.grid.fit();
  }

  try { if (innerWidth > 900) root.dataset.facets = localStorage.getItem(FACETS) || ""; } catch { /* as usual */ }
  window.addEventListener("keydown", press);
  document.addEventListener("click", click);
  window.flotilla = Object.assign(window.flotilla || {}, {
    picked,
    unpick: () => everything(false),
    choice: () => ({ all, devices: [...picks], left: [...left], count: count() }),
  });
})();
