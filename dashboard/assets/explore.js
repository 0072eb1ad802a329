// The explorer: a choice goes into the address; link, program and picture can be taken along.
(function () {
  "use strict";
  const NAMES = ["metric", "agg", "by", "of", "pick", "devices", "text", "where", "top"];
  const WORDS = { pick: "in", devices: "in", text: "in" };
  const DROPS = { metric: ["agg", "where"], of: ["in"] };
  const text = (value) => (Array.isArray(value) ? value.join(",") : value || "");

  function copy(words, button) {
    const done = () => said(button, "Copied");
    if (navigator.clipboard) navigator.clipboard.writeText(words).then(done, () => by(words, done));
    else by(words, done);
  }

  // Without TLS a browser has no clipboard for pages, but it still copies what is selected.
  function by(words, done) {
    const field = document.body.appendChild(document.createElement("textarea"));
    field.value = words;
    field.select();
    const copied = document.execCommand("copy");
    field.remove();
    if (copied) done();
    else window.flotilla.toast("This browser does not let a page copy.", "Select the text and copy it.", "");
  }

  function said(button, word) {
    const before = button.dataset.word || (button.dataset.word = button.textContent);
    button.textContent = word;
    clearTimeout(button.timer);
    button.timer = setTimeout(() => { button.textContent = before; }, 1500);
  }

  // The policy of the page lets no image come from a blob, so the picture is drawn here, from an SVG in a data: URL.
  async function picture() {
    const chart = document.querySelector("#explore-graph .js-plotly-plot");
    const colours = getComputedStyle(document.documentElement), colour = (name) => colours.getPropertyValue(name).trim();
    const title = document.querySelector("#explore-caption h2").textContent;
    const width = chart.clientWidth, lines = chart.data.filter((trace) => trace.name && trace.showlegend !== false);
    const shown = chart.data[0].type !== "heatmap" && lines.length > 1;
    const layout = {
      ...chart.layout,
      title: { text: title, font: { size: 13 }, x: 0.01, y: 0.99, yanchor: "top", pad: { t: 8 } },
      margin: { ...chart.layout.margin, t: 40 },
      paper_bgcolor: colour("--panel"),
      font: { ...chart.layout.font, family: "Arial, sans-serif" },
      showlegend: shown,
      legend: { orientation: "h", y: -0.16 },
      hovermode: false,
    };
    const height = chart.clientHeight + 32 + (shown ? 20 * Math.ceil(lines.length / Math.max(1, Math.floor(width / 160))) : 0);
    const url = await window.Plotly.toImage({ data: chart.data, layout }, { format: "svg", width, height });
    const image = new Image();
    image.src = url;
    await image.decode();
    const canvas = document.createElement("canvas");
    canvas.width = 2 * width;
    canvas.height = 2 * height;
    canvas.getContext("2d").drawImage(image, 0, 0, canvas.width, canvas.height);
    const link = document.createElement("a");
    link.href = canvas.toDataURL("image/png");
    link.download = title.replace(/[^\p{L}\p{N}]+/gu, "-") + ".png";
    link.click();
  }

  document.addEventListener("click", (event) => {
    const button = event.target.closest && event.target.closest(".explore .action");
    if (!button) return;
    if (button.id === "explore-link") copy(location.href, button);
    if (button.id === "explore-pandas") copy(document.getElementById("explore-code").textContent, button);
    if (button.id === "explore-png") picture().catch(() => window.flotilla.toast("The picture could not be drawn.", "Save the CSV instead.", ""));
  });

  const ours = (window.dash_clientside = window.dash_clientside || {});
  ours.flotilla = Object.assign(ours.flotilla || {}, {
    // What a person changed is what differs from what the server showed.
    ask(...values) {
      const drawn = values.pop();
      if (!drawn) return window.dash_clientside.no_update;
      const query = new URLSearchParams(location.search), before = query.toString();
      NAMES.forEach((name, place) => {
        const now = text(values[place]) || (name === "by" ? "none" : "");
        if (now === (drawn.words[name] || "")) return;
        for (const word of DROPS[name] || []) query.delete(word);
        const word = WORDS[name] || name;
        now ? query.set(word, now) : query.delete(word);
      });
      if (query.toString() !== before) window.flotilla.go("?" + query);
      return window.dash_clientside.no_update;
    },
  });
})();
