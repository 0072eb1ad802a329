// What a page will ask for is asked for while its scripts are still read: the frame, which callbacks there are, and the
// page itself, as Dash will ask for them. What it asks otherwise is asked anew.
(function () {
  "use strict";
  const PREFIX = "/t/_dash-", CALLBACK = PREFIX + "update-component", SCHEME = "mantine-color-scheme-value";
  const system = matchMedia("(prefers-color-scheme: light)");
  const chosen = () => { try { return localStorage.getItem(SCHEME) || "auto"; } catch { return "auto"; } };
  const resolved = () => (chosen() === "auto" ? (system.matches ? "light" : "dark") : chosen());
  const look = () => ({ scheme: resolved(), zone: Intl.DateTimeFormat().resolvedOptions().timeZone || "UTC" });

  function guard() {
    const kept = document.cookie.match(/(?:^|; )(?:__Host-)?flotilla_csrf=([^;]+)/);
    return kept ? decodeURIComponent(kept[1]) : "";
  }

  const part = (id, property, value) => ({ id, property, value });

  function page() {
    const at = part("url", "pathname", location.pathname), seen = part("look", "data", look());
    return {
      output: "..page.children...shown.data..",
      outputs: [{ id: "page", property: "children" }, { id: "shown", property: "data" }],
      inputs: [at, seen],
      changedPropIds: ["url.pathname", "look.data"],
      state: [{ id: "shown", property: "data" }, at, part("url", "search", location.search), seen],
    };
  }

  // What is asked, whatever else Dash notes beside it.
  const gist = (body) => JSON.stringify([body.output, body.inputs, body.state].flat().map((one) => one.id ? [one.id, one.property, one.value] : one));

  function send(path, body) {
    const headers = { Accept: "application/json", "Content-Type": "application/json", "X-CSRF-Token": guard() };
    const options = body ? { method: "POST", body: JSON.stringify(body) } : { method: "GET" };
    return fetch(path, { credentials: "same-origin", headers, ...options }).catch(() => null);
  }

  const asked = new Map(["layout", "dependencies"].map((name) => [name, send(PREFIX + name)]));
  document.documentElement.dataset.mantineColorScheme = resolved();
  const first = page();
  asked.set(gist(first), send(CALLBACK, first));

  // Give what was asked for before, once; null where it was not.
  function take(path, options) {
    if (!asked.size || !path.startsWith(PREFIX)) return null;
    let name = path.slice(PREFIX.length);
    if (path === CALLBACK) try { name = gist(JSON.parse(options.body)); } catch { return null; }
    const found = asked.get(name) || null;
    asked.delete(name);
    return found;
  }

  setTimeout(() => asked.clear(), 15000); // Later it is old news.
  window.flotilla = { early: { take }, colours: { chosen, resolved, system, look, SCHEME }, guard };
})();
