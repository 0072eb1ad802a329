// Charts of one page move together: a crosshair on all, a zoom that becomes the range in the address and can be gone
// back from step by step, and an instant that a person points at, around which the page tells what changed.
(function () {
  "use strict";
  const known = new WeakSet(), LEAST = 30000, STACK = "flotilla-zoom", DEEPEST = 20, STILL = 4;
  let crossed = null, pressed = null;
  const charts = () => [...document.querySelectorAll("#page .js-plotly-plot")].filter((c) => c._fullLayout);
  const exact = (at) => new Date(at).toISOString().slice(0, 19) + "Z";

  function cross(at) {
    crossed = at;
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

  function instant(chart, event) {
    const axis = chart._fullLayout && chart._fullLayout.xaxis;
    const x = axis ? event.clientX - chart.getBoundingClientRect().left - chart._fullLayout._size.l : -1;
    return x >= 0 && x <= axis._length ? axis.p2c(x) : null;
  }

  function go(changes) {
    const query = new URLSearchParams(location.search);
    for (const [name, value] of Object.entries(changes)) value ? query.set(name, value) : query.delete(name);
    window.flotilla.go("?" + query);
  }

  // --- zoom: what was shown before is kept for this tab of the browser, page by page --------------------------------

  function stack() { try { return JSON.parse(sessionStorage.getItem(STACK)) || []; } catch { return []; } }
  function keep(ranges) { try { sessionStorage.setItem(STACK, JSON.stringify(ranges.slice(-DEEPEST))); } catch { /* none to go back to */ } }
  const shown = () => { const query = new URLSearchParams(location.search); return { from: query.get("from") || "", to: query.get("to") || "" }; };

  // What a person drags over becomes the range of the page; plotly names it in the browser's own time.
  function zoom(change) {
    const ends = [change["xaxis.range[0]"], change["xaxis.range[1]"]];
    if (ends.some((end) => end === undefined)) return;
    stretch(...ends.map((end) => (typeof end === "number" ? end : new Date(end.replace(" ", "T")).getTime())));
  }

  function stretch(from, to) {
    if (!(to > from)) return;
    if (to - from < LEAST) { from = (from + to - LEAST) / 2; to = from + LEAST; }
    const next = { from: exact(from), to: exact(to) };
    keep([...stack(), { ...shown(), into: next.from + next.to }]);
    go(next);
  }

  // Only what was zoomed into from there leads back there; any other range is widened as on every page.
  function unzoom() {
    const now = shown(), ranges = stack(), last = ranges.pop();
    const fits = Boolean(last) && last.into === now.from + now.to;
    keep(fits ? ranges : []);
    if (fits) go({ from: last.from, to: last.to });
    return fits;
  }

  function zoomOut() {
    if (unzoom()) return;
    if (window.flotilla.range) window.flotilla.range.zoomOut();
    else if (shown().to) go({ from: "", to: "" });
  }

  // A chart is taken up when the pointer first comes to it: nothing has to watch the page for new ones.
  document.addEventListener("pointermove", (event) => {
    const chart = event.target.closest && event.target.closest("#page .js-plotly-plot");
    if (chart && chart.on && !known.has(chart)) {
      known.add(chart);
      chart.on("plotly_relayout", zoom);
      chart.on("plotly_doubleclick", zoomOut);
    }
    if (chart) cross(instant(chart, event));
    else if (crossed !== null) cross(null);
  });

  // --- what changed: a click that is no drag points at an instant; `w` does so at the crosshair --------------------

  const point = (at) => document.getElementById("device-changed") && at !== null && go({ at: exact(at) });
  let waiting = 0;

  document.addEventListener("pointerdown", (event) => {
    const chart = event.target.closest && event.target.closest("#page .js-plotly-plot");
    pressed = chart && !event.button ? { chart, x: event.clientX, y: event.clientY } : null;
  }, true);
  document.addEventListener("pointerup", (event) => {
    const from = pressed;
    pressed = null;
    if (!from || Math.abs(event.clientX - from.x) + Math.abs(event.clientY - from.y) > STILL) return;
    clearTimeout(waiting);
    const at = instant(from.chart, event);
    // A second click within the time of a double click is one, and zooms out.
    if (event.detail !== 2) waiting = setTimeout(() => point(at), 300);
  }, true);
  document.addEventListener("dblclick", () => clearTimeout(waiting), true);

  document.addEventListener("keydown", (event) => {
    const field = event.target.closest && event.target.closest("input, textarea, select, [contenteditable], dialog, [role=dialog], [role=menu], [role=listbox]");
    if (field || event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "Backspace" && charts().length && unzoom()) { event.preventDefault(); event.stopImmediatePropagation(); }
    if (event.key === "w" && crossed !== null) point(crossed);
  }, true);
  document.addEventListener("click", (event) => event.target.closest && event.target.closest(".zoom-out") && zoomOut());

  // --- by keys, at a chart that has the focus: arrows move the crosshair, with Shift they mark a span, Enter shows it ---

  const STEPS = 60;
  let anchor = null;

  function mark(at) {
    for (const chart of charts()) {
      const axis = chart._fullLayout.xaxis, area = chart._fullLayout._size;
      const box = chart.marked || (chart.marked = chart.appendChild(document.createElement("i")));
      const [from, to] = anchor === null || at === null ? [0, 0] : [axis.c2p(anchor), axis.c2p(at)].sort((a, b) => a - b);
      box.className = "marked";
      box.hidden = from === to;
      Object.assign(box.style, { left: area.l + from + "px", width: to - from + "px", top: area.t + "px", height: area.h + "px" });
    }
  }

  function move(chart, event) {
    const axis = chart._fullLayout.xaxis, step = axis._length / STEPS * (event.key === "ArrowLeft" ? -1 : 1);
    const before = crossed === null ? axis.p2c(axis._length / 2) : crossed;
    const at = crossed === null ? before : axis.p2c(Math.min(Math.max(axis.c2p(before) + step, 0), axis._length));
    anchor = event.shiftKey ? (anchor === null ? before : anchor) : null;
    cross(at);
    mark(at);
    window.Plotly.Fx.hover(chart, { xval: at, yval: 0 });
  }

  function rest(chart) {
    anchor = null;
    cross(null);
    mark(null);
    if (chart) window.Plotly.Fx.unhover(chart);
  }

  function take() {
    if (anchor === null || crossed === null) return;
    const ends = [anchor, crossed].sort((a, b) => a - b);
    rest(null);
    stretch(...ends);
  }

  document.addEventListener("keydown", (event) => {
    const frame = event.target, chart = frame.matches && frame.matches(".graph[tabindex]") && frame.querySelector(".js-plotly-plot");
    if (!chart || !chart._fullLayout || !chart._fullLayout.xaxis || event.ctrlKey || event.metaKey || event.altKey) return;
    const act = { ArrowLeft: move, ArrowRight: move, Enter: take, Escape: rest }[event.key];
    if (!act) return;
    event.preventDefault();
    act(chart, event);
  });
  document.addEventListener("focusout", (event) => event.target.matches && event.target.matches(".graph[tabindex]") && rest(event.target.querySelector(".js-plotly-plot")));

  const ours = (window.dash_clientside = window.dash_clientside || {});
  ours.flotilla = Object.assign(ours.flotilla || {}, {
    // A person chose another interface: it goes into the address, and the charts follow.
    choose(name, drawn) {
      if (name && drawn && name !== drawn.interface) go({ if: name });
      return window.dash_clientside.no_update;
    },
  });
})();
