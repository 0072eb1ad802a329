// Another device in the place of one: what of its stored configuration cannot carry over is listed, before anything is
// done. The configuration itself is then pushed on the other device's own tab.
(function () {
  "use strict";
  const WORDS = { not_exported: "not in an export", other_port: "another port", other_address: "another address", other_board: "another board", other_version: "another version" };
  const node = (...said) => window.flotilla.node(...said);
  const line = (text) => node("p", { class: "muted", text });

  function open(said) {
    const device = window.flotilla.chooser(node("input", { id: "replace-by", placeholder: "its name", spellcheck: "false" }), said.devices);
    const out = node("div", { class: "template-out", "aria-live": "polite" }), go = node("button", { type: "submit", class: "button primary", text: "List what is lost" });
    const form = node("form", { class: "push-form" }, node("label", { for: device.id, text: "The device that takes the place; it must have been polled" }), device, node("div", { class: "actions" }, go));
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      if (!device.dataset.id) return out.replaceChildren(line("There is no such device: choose one of the list."));
      go.disabled = true;
      const answer = await window.flotilla.send("POST", said.path, { by: device.dataset.id });
      go.disabled = false;
      out.replaceChildren(...(answer.ok ? told(said, answer.body, device) : [window.flotilla.alarm(answer.problem)]));
    });
    const box = window.flotilla.dialog(`Replace ${said.name}`, node("div", { class: "push template-dialog" }, line("Nothing is sent to a device: its newest stored version is compared with what the other one has."), form, out));
    box.classList.add("wide");
  }

  function told(said, found, device) {
    const next = node("a", { class: "button", href: `${said.home}${device.dataset.id}/config`, "data-nav": "link", text: `To the tab Config of ${device.value}` });
    const sum = found.losses.length ? `${found.losses.length} ${found.losses.length === 1 ? "thing" : "things"} of version ${found.number} cannot carry over.` : `All of version ${found.number} carries over.`;
    const rows = found.losses.map((one) => node("tr", {}, node("td", { text: WORDS[one.why] || one.why.replace(/_/g, " ") }), node("td", { class: "mono", text: one.menu }), node("td", {}, node("div", { text: one.text }), node("div", { class: "muted", text: one.next_step }))));
    const heads = ["Why", "Menu", "What, and what to do"].map((text) => node("th", { scope: "col", text }));
    const table = node("table", { class: "table" }, node("thead", {}, node("tr", {}, heads)), node("tbody", {}, rows));
    return [line(sum), rows.length > 0 && node("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": "What cannot carry over" }, table), node("div", { class: "actions" }, next)].filter(Boolean);
  }

  document.addEventListener("click", (event) => {
    const opener = event.target.closest && event.target.closest("[data-replace]");
    if (opener) open(JSON.parse(opener.dataset.replace));
  });
})();
