// The list of alerts under the keys and the pointer: which are chosen, and that what is done is done to those.
(function () {
  "use strict";
  const chosen = new Set();
  const rows = () => [...document.querySelectorAll(".alerts-of tr[tabindex]")];
  const boxes = () => [...document.querySelectorAll(".alerts-of [data-choose]")];

  function paint() {
    const there = boxes(), ids = new Set(there.map((box) => box.dataset.choose));
    for (const id of chosen) if (!ids.has(id)) chosen.delete(id);
    there.forEach((box) => {
      const on = chosen.has(box.dataset.choose);
      box.setAttribute("aria-checked", String(on));
      box.closest("tr").toggleAttribute("data-chosen", on);
    });
    const button = document.getElementById("alerts-heed");
    if (!button) return;
    const every = JSON.parse(button.dataset.form).fixed.alerts.length;
    button.textContent = chosen.size ? `Acknowledge ${chosen.size} chosen` : `Acknowledge all ${every}`;
  }

  function toggle(box) {
    const id = box.dataset.choose;
    chosen.has(id) ? chosen.delete(id) : chosen.add(id);
    paint();
  }

  // Before the form is opened, it is told which alerts are meant; without a choice it is for all of the list.
  document.addEventListener("click", (event) => {
    const box = event.target.closest && event.target.closest("[data-choose]");
    if (box) return toggle(box);
    const button = event.target.closest && event.target.closest("#alerts-heed");
    if (!button || !chosen.size) return;
    const form = JSON.parse(button.dataset.form), whole = button.dataset.form;
    form.fixed.alerts = [...chosen];
    form.title = `Acknowledge ${chosen.size} ${chosen.size === 1 ? "alert" : "alerts"}`;
    button.dataset.form = JSON.stringify(form);
    setTimeout(() => { button.dataset.form = whole; });
  }, true);

  const typing = (node) => node.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(node.tagName);

  function step(by) {
    const all = rows(), at = all.indexOf(document.activeElement.closest("tr"));
    const next = all[at < 0 ? (by > 0 ? 0 : all.length - 1) : Math.min(Math.max(at + by, 0), all.length - 1)];
    if (next) next.focus();
  }

  let led = 0; // When `g` was pressed: the key behind it leads to a page.
  document.addEventListener("keydown", (event) => {
    const leads = Date.now() - led < 1500;
    led = event.key === "g" ? Date.now() : 0;
    if (leads || event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented || typing(event.target)) return;
    if (!rows().length || event.target.closest("dialog, [role=dialog], [role=menu]")) return;
    const row = event.target.closest("tr[tabindex]");
    if (event.key === "j" || event.key === "k") step(event.key === "j" ? 1 : -1);
    else if (row && event.key === "x" && row.querySelector("[data-choose]")) toggle(row.querySelector("[data-choose]"));
    else if (event.key === "Enter" && row && event.target === row && row.querySelector("a[data-nav]:not(.pill)")) row.querySelector("a[data-nav]:not(.pill)").click();
    else return;
    event.preventDefault();
  }, true);

  const ours = (window.dash_clientside = window.dash_clientside || {});
  ours.flotilla = Object.assign(ours.flotilla || {}, {
    alerts() {
      requestAnimationFrame(() => requestAnimationFrame(paint)); // When the list is drawn.
      return window.dash_clientside.no_update;
    },
  });
})();
