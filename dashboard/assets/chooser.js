// A field in which a device is chosen by its name: what is written is looked up, and the id stands beside it.
(function () {
  "use strict";
  const PAUSE = 150, MOST = 20;
  let numbers = 0;

  // `path` is where REST lists the tenant's devices. `dataset.id` and `dataset.identity` are those of the device.
  function chooser(input, path) {
    const list = document.createElement("datalist"), known = new Map();
    list.id = `devices-${++numbers}`;
    input.setAttribute("list", list.id);
    input.setAttribute("autocomplete", "off");
    let timer = 0;
    const settle = () => {
      const found = known.get(input.value.trim());
      input.dataset.id = found ? found.id : "";
      input.dataset.identity = found ? found.identity || found.name : "";
    };
    const ask = async () => {
      const answer = await window.flotilla.send("GET", `${path}?${new URLSearchParams({ limit: MOST, ...(input.value.trim() ? { q: input.value.trim() } : {}) })}`);
      if (!answer.ok) return;
      answer.body.items.forEach((one) => known.set(one.name, one));
      list.replaceChildren(...answer.body.items.map((one) => { const option = document.createElement("option"); option.value = one.name; return option; }));
      settle();
      if (input.dataset.id) input.dispatchEvent(new CustomEvent("flotilla-chosen", { bubbles: true }));
    };
    input.addEventListener("input", () => { settle(); clearTimeout(timer); timer = setTimeout(ask, PAUSE); });
    input.addEventListener("focus", () => { if (!list.isConnected) input.after(list); if (!known.size) ask(); });
    return input;
  }

  window.flotilla = Object.assign(window.flotilla || {}, { chooser });
})();
