// Charts of one page move together: a crosshair on all, and a zoom that becomes the range in the address.
(function () {
  "use strict";
  const known = new WeakSet(), LEAST = 30000, BACK = "flotilla-live-range";
  let crossed = false;
  const charts = () => [...document.querySelectorAll("#page .js-plotly-plot")].filter((c) => c._fullLayout);

  function cross(at) {
    crossed = at !== null;
    for (const chart of charts()) {
      const axis = chart._fullLayout.xaxis, area = chart._fullLayout._size;
      const line = chart.crosshair || (chart.crosshair = chart.appendChild(document.createElement("i")));
      const x = axis && at !== null ? axis.c2p(at) : -1;
      line.className = "crosshair";
      line.hidden = x < 0 || x > axis._length;
      if (line.hidden) continue;
      line.style.transform = `translateX(${area.l + x}px)`;
      line.style.top = area.t + "px";
      line.style.height = area.h + "px";
    }
  }

  function point(chart, event) {
    const axis = chart._fullLayout && chart._fullLayout.xaxis;
    const x = axis ? event.clientX - chart.getBoundingClientRect().left - chart._fullLayout._size.l : -1;
    cross(x >= 0 && x <= axis._length ? axis.p2c(x) : null);
  }

  // What a person drags over becomes the range of the page; plotly names it in the browser's own time.
  function zoom(change) {
    const ends = [change["xaxis.range[0]"], change["xaxis.range[1]"]];
    if (ends.some((end) => end === undefined)) return;
    let [from, to] = ends.map((end) => (typeof end === "number" ? end : new Date(end.replace(" ", "T")).getTime()));
    if (!(to > from)) return;
    if (to - from < LEAST) { from = (from + to - LEAST) / 2; to = from + LEAST; }
    const query = new URLSearchParams(location.search);
    if ((query.get("to") || "now") === "now") remember(query.get("from") || "");
    query.set("from", new Date(from).toISOString().slice(0, 19) + "Z");
    query.set("to", new Date(to).toISOString().slice(0, 19) + "Z");
    window.flotilla.go("?" + query);
  }

  function unzoom() {
    const query = new URLSearchParams(location.search);
    if (!query.get("to")) return;
    query.delete("to");
    const before = remembered();
    before ? query.set("from", before) : query.delete("from");
    window.flotilla.go("?" + query);
  }

  function remember(from) { try { sessionStorage.setItem(BACK, from); } catch { /* back to the usual range then */ } }
  function remembered() { try { return sessionStorage.getItem(BACK); } catch { return ""; } }

  // A chart is taken up when the pointer first comes to it: nothing has to watch the page for new ones.
  document.addEventListener("pointermove", (event) => {
    const chart = event.target.closest && event.target.closest("#page .js-plotly-plot");
    if (chart && chart.on && !known.has(chart)) {
      known.add(chart);
      chart.on("plotly_relayout", zoom);
      chart.on("plotly_doubleclick", unzoom);
    }
    if (chart) point(chart, event);
    else if (crossed) cross(null);
  });

  const ours = (window.dash_clientside = window.dash_clientside || {});
  ours.flotilla = Object.assign(ours.flotilla || {}, {
    // A person chose another interface: it goes into the address, and the charts follow.
    choose(name, drawn) {
      if (name && drawn && name !== drawn.interface) {
        const query = new URLSearchParams(location.search);
        query.set("if", name);
        window.flotilla.go("?" + query);
      }
      return window.dash_clientside.no_update;
    },
  });
})();
