// The honeycomb: a letter a device becomes a cell. One path for each letter, so that 10,000 cells are a dozen elements.
// Who a cell is, is asked of the server when the pointer or the keyboard is at it.
(function () {
  "use strict";
  const NS = "http://www.w3.org/2000/svg", ROOT = Math.sqrt(3), LEAST = 3.5, MOST = 16, SIGNED = 7, PAUSE = 60;
  const STATES = { u: "up", g: "degraded", d: "down", s: "stale", m: "maintenance" };
  const same = () => window.dash_clientside.no_update;
  const known = new WeakSet();
  let told = null, grid = null, at = -1, wanted = -1, answered = -1, timer = 0, drawn = "";

  const box = () => document.getElementById("honeycomb");

  function lay(width, count) {
    const height = Math.min(420, Math.max(168, window.innerHeight * 0.4));
    const fits = (r) => {
      const columns = Math.max(1, Math.floor((width - (ROOT * r) / 2) / (ROOT * r)));
      return { r, columns, rows: Math.ceil(count / columns), high: Math.ceil(count / columns) * 1.5 * r + 0.5 * r };
    };
    let found = fits(MOST);
    while (found.high > height && found.r > LEAST) found = fits(Math.max(LEAST, found.r - 0.25));
    return { ...found, width, height: Math.ceil(found.high) + 2 };
  }

  function centre(place) {
    const row = Math.floor(place / grid.columns), column = place % grid.columns;
    return [ROOT * grid.r * (column + 0.5 + (row % 2) / 2), grid.r * (1 + 1.5 * row) + 1];
  }

  // A hexagon, a square, a triangle or a diamond around the centre, as a path that begins where its centre is put.
  function shape(corners, r, turn) {
    const points = Array.from({ length: corners }, (_, n) => (Math.PI * 2 * n) / corners + turn)
      .map((angle) => [Math.sin(angle) * r, -Math.cos(angle) * r]);
    return ([x, y]) => "M" + points.map(([dx, dy]) => (x + dx).toFixed(1) + " " + (y + dy).toFixed(1)).join("L") + "Z";
  }

  function paint() {
    const place = box();
    if (!place || !told) return;
    const width = Math.floor(place.clientWidth);
    const name = [told.key, told.cells, width].join();
    if (!width || (name === drawn && place.firstChild)) return;
    drawn = name;
    grid = lay(width, told.cells.length);
    const cell = shape(6, grid.r * 0.92, 0), ring = shape(6, grid.r * 0.78, 0), big = grid.r >= SIGNED;
    const marks = { g: shape(3, grid.r * 0.46, 0), d: shape(4, grid.r * 0.46, Math.PI / 4), m: shape(4, grid.r * 0.46, 0) };
    const paths = {}, signs = [];
    for (let n = 0; n < told.cells.length; n++) {
      const letter = told.cells[n], where = centre(n);
      (paths[letter] = paths[letter] || []).push((letter === "s" || letter === "-" ? ring : cell)(where));
      if (big && marks[letter]) signs.push(marks[letter](where));
    }
    const svg = document.createElementNS(NS, "svg");
    svg.setAttribute("width", grid.width);
    svg.setAttribute("height", grid.height);
    svg.setAttribute("aria-hidden", "true");
    for (const letter of Object.keys(paths)) line(svg, "cell-" + (STATES[letter] || letter), paths[letter].join(""));
    line(svg, "signs", signs.join(""));
    line(svg, "at", "");
    place.replaceChildren(svg);
    show();
  }

  function line(svg, kind, d) {
    const path = document.createElementNS(NS, "path");
    path.setAttribute("class", kind);
    path.setAttribute("d", d);
    svg.append(path);
  }

  function show() {
    const place = box(), mark = place && place.querySelector(".at");
    if (mark) mark.setAttribute("d", at >= 0 && at < told.cells.length ? shape(6, grid.r * 1.05, 0)(centre(at)) : "");
  }

  // Ask who the cell is, a moment after the pointer came to rest.
  function choose(place) {
    if (place === at) return;
    at = place;
    show();
    clearTimeout(timer);
    timer = setTimeout(ask, PAUSE);
  }

  function ask() {
    if (told) window.dash_clientside.set_props("honeycomb-at", { data: at < 0 ? null : { at, key: told.key } });
  }

  function open(place) {
    wanted = place;
    if (answered === place) follow();
    else { at = -1; choose(place); }
  }

  function follow() {
    const link = document.querySelector("#honeycomb-said a");
    wanted = -1;
    if (link) link.click();
  }

  function hit(event) {
    const frame = box().getBoundingClientRect(), x = event.clientX - frame.left, y = event.clientY - frame.top;
    const guess = Math.round((y - 1 - grid.r) / (1.5 * grid.r));
    for (const row of [guess, guess - 1, guess + 1]) {
      const column = Math.round(x / (ROOT * grid.r) - 0.5 - (Math.abs(row) % 2) / 2);
      const place = row * grid.columns + column;
      if (row < 0 || column < 0 || column >= grid.columns || place >= told.cells.length) continue;
      const [cx, cy] = centre(place);
      if (Math.hypot(x - cx, y - cy) <= grid.r) return place;
    }
    return -1;
  }

  // The next cell that is not well, in one direction; round the end.
  function next(step) {
    const count = told.cells.length;
    for (let n = 1, place = at; n <= count; n++) {
      place = (place + step + count) % count;
      if ("gdsm-".includes(told.cells[place])) return place;
    }
    return at;
  }

  function press(event) {
    if (!told || !grid || event.ctrlKey || event.metaKey || event.altKey) return;
    const last = told.cells.length - 1, moves = {
      ArrowRight: () => at + 1, ArrowLeft: () => at - 1, ArrowDown: () => at + grid.columns, ArrowUp: () => at - grid.columns,
      Home: () => 0, End: () => last, PageDown: () => next(1), PageUp: () => next(-1),
    };
    if (event.key === "Enter" && at >= 0) open(at);
    else if (event.key === "Escape") choose(-1);
    else if (moves[event.key]) choose(at < 0 && !event.key.startsWith("Page") ? 0 : Math.min(last, Math.max(0, moves[event.key]())));
    else return;
    event.preventDefault();
  }

  function listen(place) {
    if (known.has(place)) return;
    known.add(place);
    drawn = "";
    at = wanted = answered = -1;
    place.addEventListener("pointermove", (event) => grid && event.pointerType !== "touch" && choose(hit(event)));
    place.addEventListener("click", (event) => {
      const found = grid ? hit(event) : -1;
      if (found >= 0 && (event.pointerType !== "touch" || found === at)) open(found);
      else choose(found);
    });
    place.addEventListener("keydown", press);
    place.addEventListener("focus", () => at < 0 && told && place.matches(":focus-visible") && choose(0));
    new ResizeObserver(() => paint()).observe(place);
  }

  const ours = (window.dash_clientside = window.dash_clientside || {});
  ours.flotilla = Object.assign(ours.flotilla || {}, {
    honeycomb(data) {
      const place = box();
      if (!place || !data) return same();
      listen(place);
      if (told && told.key !== data.key) at = answered = -1;
      told = data;
      paint();
      return same();
    },
    cell(found) {
      answered = found && told && found.key === told.key ? found.at : -1;
      if (wanted >= 0 && wanted === answered) setTimeout(follow, 0);
      return same();
    },
  });
})();
