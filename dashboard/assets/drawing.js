// Charts are drawn one after the other, each in a task of its own: the first is seen while the others wait, and what a
// person does in between is answered.
(function () {
  "use strict";
  const waiting = [], turn = new MessageChannel();
  let plotly, busy = false;

  turn.port1.onmessage = () => {
    const next = waiting.shift();
    busy = waiting.length > 0;
    if (busy) turn.port2.postMessage(0);
    if (next) next();
  };

  // Of a chart that has left the page meanwhile nothing is drawn.
  function later(draw, chart) {
    return new Promise((done, fail) => {
      waiting.push(() => chart.isConnected ? draw().then(done, fail) : done(chart));
      if (!busy) { busy = true; turn.port2.postMessage(0); }
    });
  }

  function fits(chart) {
    const full = chart._fullLayout;
    return full && full.width === chart.clientWidth && full.height === chart.clientHeight;
  }

  function ordered(whole) {
    const { react, Plots: { resize } } = whole;
    whole.react = (chart, ...more) => later(() => react(chart, ...more), chart);
    // Dash has each new chart measured and drawn once more; where it fits already, once is enough.
    whole.Plots.resize = (chart) => (fits(chart) ? Promise.resolve(chart) : resize(chart));
    return whole;
  }

  // The page is seen first; a hidden tab paints nothing, and does not wait for it.
  function painted(go) {
    const late = setTimeout(go, 250);
    requestAnimationFrame(() => setTimeout(() => { clearTimeout(late); go(); }));
  }

  // Dash asks for Plotly when a page has a chart. It would load it at once, from an address that browsers ask about each
  // time; what it is given in its place is the promise of it.
  let loading = null;
  const fetched = () => (loading = loading || new Promise((done, fail) => painted(() => {
    if (plotly) return done(plotly);
    const script = document.createElement("script");
    script.src = document.querySelector('link[as="script"][href*="/plotly.min.js"]').href;
    script.onload = () => done(plotly);
    script.onerror = () => { loading = null; fail(new Error("The charts' script could not be loaded.")); };
    document.head.append(script);
  })));

  Object.defineProperty(window, "Plotly", { configurable: true, get: () => plotly || fetched(), set: (whole) => { plotly = ordered(whole); } });
})();
