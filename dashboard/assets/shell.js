// The frame in the browser: links without loading anew, search in the address, the scheme, keys.
(function () {
  "use strict";
  const FOLD = "flotilla-fold", { SCHEME, chosen, resolved, system } = window.flotilla.colours;
  const ORDER = ["auto", "dark", "light"], WORDS = { auto: "as the system", dark: "dark", light: "light" };
  const root = document.documentElement;
  const ours = (window.dash_clientside = window.dash_clientside || {});
  const home = () => "/t/" + (location.pathname.split("/")[2] || "") + "/";
  let looked = "", leader = 0;

  // --- going somewhere ----------------------------------------------------------------------------------------

  function go(href, replace) {
    const url = new URL(href, location.href);
    history[replace ? "replaceState" : "pushState"]({}, "", url.pathname + url.search);
    window.dispatchEvent(new CustomEvent("_dashprivate_pushstate"));
  }

  function follow(event) {
    const link = event.target.closest && event.target.closest("a[data-nav]");
    if (!link || event.button || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    const missing = (link.dataset.needs || "").split(" ").filter((name) => name && !window[name]);
    const href = window.flotilla.kept(link.href);
    document.body.classList.remove("nav-open");
    event.preventDefault();
    if (missing.length) return location.assign(href);
    const elsewhere = new URL(href).pathname !== location.pathname;
    document.body.classList.toggle("going", elsewhere);
    go(href);
    if (elsewhere) document.getElementById("page").scrollTo(0, 0);
  }

  // What a person opens in another tab, or copies, has the range as well.
  function keep(event) {
    const link = event.target.closest && event.target.closest("a[data-nav]");
    if (link && (event.button || event.metaKey || event.ctrlKey || event.shiftKey)) link.href = window.flotilla.kept(link.href);
  }

  // Whoever points at a device will look at charts: their scripts, fetched before, are run now and not at the click.
  function prepare(event) {
    if (!event.target.closest || !event.target.closest(".ag-row")) return;
    document.removeEventListener("pointerover", prepare);
    document.querySelectorAll('link[rel="prefetch"][as="script"]').forEach((link) => {
      const script = document.createElement("script");
      script.src = link.href;
      document.head.append(script);
    });
  }

  function mark() {
    const here = location.pathname;
    document.querySelectorAll(".nav a.place").forEach((link) => {
      const at = link.dataset.nav === "overview" ? here === home() : (here === link.pathname || here.startsWith(link.pathname + "/")) || (link.dataset.nav === "fleet" && here.startsWith(home() + "device/"));
      at ? link.setAttribute("aria-current", "page") : link.removeAttribute("aria-current");
    });
  }

  // --- the scheme ---------------------------------------------------------------------------------------------

  function paint() {
    root.dataset.mantineColorScheme = resolved();
    const button = document.getElementById("scheme");
    if (!button) return;
    button.title = "Colours: " + WORDS[chosen()];
    button.setAttribute("aria-label", button.title);
    button.dataset.scheme = chosen();
  }

  function choose(next) {
    try { localStorage.setItem(SCHEME, next); } catch { /* a private window: for this page only */ }
    const told = { key: SCHEME, newValue: next, storageArea: localStorage };
    window.dispatchEvent(new StorageEvent("storage", told));
  }

  function look() {
    const now = window.flotilla.colours.look();
    if (looked === JSON.stringify(now)) return window.dash_clientside.no_update;
    looked = JSON.stringify(now);
    return now;
  }

  function repaint() {
    paint();
    const now = look();
    if (now !== window.dash_clientside.no_update) window.dash_clientside.set_props("look", { data: now });
  }

  window.addEventListener("storage", (event) => event.key === SCHEME && repaint());
  system.addEventListener("change", repaint);

  // --- keys ---------------------------------------------------------------------------------------------------

  const typing = (node) => node && (node.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(node.tagName));

  function press(event) {
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
    if (event.target.closest && event.target.closest("dialog, [role=dialog], [role=menu], [role=listbox]")) return;
    if (typing(event.target)) {
      if (event.key === "Escape") event.target.blur();
      return;
    }
    if (leader && Date.now() - leader < 1500) {
      leader = 0;
      const link = document.querySelector(`.nav a[data-key="${CSS.escape(event.key)}"]`);
      if (link) { event.preventDefault(); link.click(); }
      return;
    }
    const act = KEYS[event.key];
    if (act) { event.preventDefault(); act(); }
  }

  const KEYS = (window.flotilla.keys = {
    ...window.flotilla.keys,
    "/": () => document.getElementById("search").focus(),
    "?": sheet,
    "[": fold,
    g: () => { leader = Date.now(); },
    p: () => window.flotilla.pause(),
  });

  // When the list of keys is closed, the focus is where it was.
  function sheet() {
    const back = document.activeElement;
    let shown = false;
    const seen = new MutationObserver(() => {
      if (document.querySelector(".mantine-Modal-content")) { shown = true; return; }
      if (!shown) return;
      seen.disconnect();
      if (back && back.isConnected) back.focus();
    });
    seen.observe(document.body, { subtree: true, childList: true });
    window.dash_clientside.set_props("sheet", { opened: true });
  }

  function fold() {
    const folded = root.toggleAttribute("data-folded");
    try { localStorage.setItem(FOLD, folded ? "1" : ""); } catch { /* not remembered */ }
  }

  function act(event) {
    const button = event.target.closest && event.target.closest("#scheme, #fold, #keys, #menu, #sign-out, #live");
    if (!button) return document.body.classList.contains("nav-open") && !event.target.closest("#nav")
      && document.body.classList.remove("nav-open");
    ({
      scheme: () => choose(ORDER[(ORDER.indexOf(chosen()) + 1) % 3]),
      fold,
      keys: sheet,
      menu: () => document.body.classList.toggle("nav-open"),
      "sign-out": () => window.flotilla.signOut(),
      live: () => window.flotilla.pause(),
    })[button.id]();
  }

  document.addEventListener("pointerover", prepare);
  document.addEventListener("pointerdown", keep);
  document.addEventListener("click", follow);
  document.addEventListener("click", act);
  document.addEventListener("keydown", press);
  try { root.toggleAttribute("data-folded", localStorage.getItem(FOLD) === "1"); } catch { /* unfolded */ }
  paint();

  // --- what Dash calls ----------------------------------------------------------------------------------------

  const asked = () => new URLSearchParams(location.search).get("q") || "";

  ours.flotilla = Object.assign(ours.flotilla || {}, {
    look() { paint(); mark(); return look(); },
    shown(now) {
      document.body.classList.remove("going");
      requestAnimationFrame(() => {
        const tenant = document.getElementById("tenant"), head = document.querySelector("#page .title h1");
        document.title = [head ? head.textContent : now && now.title, tenant && tenant.textContent, "Flotilla"].filter(Boolean).join(" · ");
      });
      return window.dash_clientside.no_update;
    },
    showSearch() {
      const field = document.getElementById("search");
      return field && field === document.activeElement ? window.dash_clientside.no_update : asked();
    },
    search(text) {
      const submitted = window.dash_clientside.callback_context.triggered.some((t) => t.prop_id.endsWith("n_submit"));
      const fleet = home() + "fleet", there = location.pathname === fleet;
      if ((there || submitted) && (text || "") !== (there ? asked() : "\0")) {
        const query = new URLSearchParams(there ? location.search : "");
        text ? query.set("q", text) : query.delete("q");
        const href = window.flotilla.kept(fleet + "?" + query);
        if (there) go(href, true);
        else window.dash_ag_grid ? go(href) : location.assign(href);
      }
      return window.dash_clientside.no_update;
    },
  });
  window.flotilla = Object.assign(window.flotilla, { go });
})();
