// The devices that were chosen on the page Fleet go along to the plan of a rollout, in the browser.
(function () {
  "use strict";
  const KEPT = "flotilla-chosen", MOST = 1000;

  function kept() {
    try { return JSON.parse(sessionStorage.getItem(KEPT) || "[]").map(([id]) => id); } catch { return []; }
  }

  async function handOver(targets) {
    sessionStorage.setItem(KEPT, JSON.stringify((await targets()).slice(0, MOST)));
    window.flotilla.go(location.pathname.replace(/\/fleet.*$/, "/firmware/plan?chosen=fleet&open=plan-ask"));
  }

  const ours = (window.dash_clientside = window.dash_clientside || {});
  ours.flotilla = Object.assign(ours.flotilla || {}, {
    // An address without the word asks for others, and the page need not wait for these.
    handed(search) {
      return new URLSearchParams(search || "").get("chosen") ? { at: window.flotilla.unique(), devices: kept() } : window.dash_clientside.no_update;
    },
  });
  window.flotilla = Object.assign(window.flotilla || {}, { planMany: handOver });
})();
