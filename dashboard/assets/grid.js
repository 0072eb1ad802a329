// The fleet's grid: its look, its cells, its columns, and its rows kept up to date where they stand.
(function () {
  "use strict";
  const GRID = "fleet-grid", KEPT = "flotilla-fleet-columns";
  const h = (...parts) => window.React.createElement(...parts);
  const none = () => window.dash_clientside.no_update;
  const OWN = ["sort", "peek", "from", "to"];

  const functions = (window.dashAgGridFunctions = window.dashAgGridFunctions || {});
  const cells = (window.dashAgGridComponentFunctions = window.dashAgGridComponentFunctions || {});

  functions.flotillaTheme = (agGrid) => agGrid.themeQuartz.withParams({
    backgroundColor: "var(--panel)", foregroundColor: "var(--text)", headerTextColor: "var(--muted)",
    headerBackgroundColor: "var(--panel)", borderColor: "var(--line)", rowBorder: { color: "var(--grid)" },
    rowHoverColor: "var(--raised)", selectedRowBackgroundColor: "var(--raised)", accentColor: "var(--accent)",
    fontFamily: "inherit", headerFontFamily: "inherit", fontSize: 12, headerFontSize: 12, headerFontWeight: 500,
    rowHeight: 32, headerHeight: 34, cellHorizontalPadding: 10, spacing: 4, wrapperBorder: false,
    wrapperBorderRadius: 0, iconSize: 12, browserColorScheme: "inherit", columnBorder: false,
    headerColumnResizeHandleColor: "transparent", pinnedColumnBorder: false, focusShadow: "none",
  });

  cells.StateCell = ({ data }) => data
    ? h("span", { className: "state", "data-state": data.state }, h("span", { className: "glyph", "aria-hidden": true }, data.glyph), data.word)
    : null;

  cells.NameCell = ({ data }) => data
    ? h("a", { href: data.href, "data-nav": "device", tabIndex: -1 }, data.name)
    : h("span", { className: "bone" });

  cells.AddressCell = ({ data }) => data
    ? h("span", { className: "mono" }, data.address, data.tls ? h("em", { className: "warn", title: data.tls_title }, data.tls) : null)
    : null;

  cells.TagsCell = ({ data }) => !data ? null : h("span", { className: "tags", title: data.tags.join(", ") },
    data.tags.map((tag) => h("span", { className: "tag", key: tag }, tag)));

  cells.CpuCell = ({ data }) => !data ? null : h("span", { className: "cpu" },
    data.spark ? h("svg", { width: 72, height: 20, "aria-hidden": true }, h("path", { d: data.spark })) : h("svg", { width: 72, height: 20 }),
    h("b", null, data.cpu));

  cells.PickCell = ({ data }) => !data ? null : h("input", {
    type: "checkbox", className: "picker", tabIndex: -1, "data-id": data.id, "aria-label": "Choose " + data.name,
    checked: window.flotilla.picked(data.id), onChange: () => {},
  });

  const api = () => {
    try { return window.dash_ag_grid ? window.dash_ag_grid.getApi(GRID) : null; } catch { return null; }
  };

  // --- columns: those that fit, and those that a person chose -----------------------------------------------------

  function kept() {
    try { return JSON.parse(localStorage.getItem(KEPT)) || {}; } catch { return {}; }
  }

  function keep(change) {
    try { localStorage.setItem(KEPT, JSON.stringify(change ? { ...kept(), ...change } : {})); } catch { /* for this page only */ }
  }

  function fit() {
    const grid = api(), sheet = document.getElementById("fleet-sheet");
    const width = sheet ? sheet.clientWidth : 0;
    if (!grid || !width || grid.fitted === width) return;
    grid.fitted = width;
    const { shown = {} } = kept(), narrow = width < 420, widths = kept().widths || {};
    for (const column of grid.getColumns()) {
      const name = column.getColId(), { context, hide } = column.getColDef();
      if (!context) continue;
      const visible = shown[name] ?? width >= context.from;
      if (visible !== column.isVisible() || hide) grid.setColumnsVisible([name], visible);
    }
    const usual = { state: narrow ? 110 : 118, cpu: narrow ? 64 : 142 };
    grid.setColumnWidths(Object.entries({ ...usual, ...widths }).map(([key, newWidth]) => ({ key, newWidth })));
  }
  window.addEventListener("resize", fit);

  // What a person moved or widened stays so in this browser.
  function arranged(grid) {
    const state = grid.getColumnState();
    keep({ order: state.map((c) => c.colId) });
  }

  function widened(event) {
    if (!event.finished || event.source !== "uiColumnResized" || !event.column) return;
    keep({ widths: { ...kept().widths, [event.column.getColId()]: event.column.getActualWidth() } });
  }

  function columns(shown) {
    keep({ shown });
    const grid = api();
    if (grid) { grid.fitted = 0; fit(); }
  }

  // --- the order in the address -----------------------------------------------------------------------------------

  const sorted = (grid) => grid.getColumnState().filter((c) => c.sort)
    .sort((one, other) => one.sortIndex - other.sortIndex).map((c) => (c.sort === "desc" ? "-" : "") + c.colId).join(",");

  function told(grid) {
    const query = new URLSearchParams(location.search), sort = sorted(grid);
    if ((query.get("sort") || "") === sort) return;
    sort ? query.set("sort", sort) : query.delete("sort");
    window.flotilla.go(location.pathname + "?" + query, true);
  }

  function obey(grid) {
    const wanted = new URLSearchParams(location.search).get("sort") || "";
    if (wanted === sorted(grid)) return;
    const state = wanted.split(",").filter(Boolean)
      .map((word, sortIndex) => ({ colId: word.replace("-", ""), sort: word[0] === "-" ? "desc" : "asc", sortIndex }));
    grid.applyColumnState({ state, defaultState: { sort: null } });
  }

  const filters = () => {
    const query = new URLSearchParams(location.search);
    OWN.forEach((name) => query.delete(name));
    return query.toString();
  };

  function hook(grid) {
    if (!grid || grid.hooked) return;
    grid.hooked = true;
    grid.filters = filters();
    grid.addEventListener("sortChanged", () => told(grid));
    grid.addEventListener("columnMoved", (event) => event.finished && event.source === "uiColumnMoved" && arranged(grid));
    grid.addEventListener("columnResized", widened);
    const { order } = kept();
    if (order) grid.applyColumnState({ state: order.map((colId) => ({ colId })), applyOrder: true });
    fit();
  }

  const ours = (window.dash_clientside = window.dash_clientside || {});
  ours.flotilla = Object.assign(ours.flotilla || {}, {
    // Which rows stand on the screen, and how they are sorted: what the server is asked for anew.
    seen() {
      const grid = api();
      if (!grid) {
        if (window.dash_ag_grid) window.dash_ag_grid.getApiAsync(GRID).then(hook, () => {});
        return none();
      }
      hook(grid);
      fit();
      const sort = grid.getColumnState().filter((c) => c.sort).sort((one, other) => one.sortIndex - other.sortIndex)
        .map((c) => ({ colId: c.colId, sort: c.sort }));
      const first = Math.max(0, grid.getFirstDisplayedRowIndex());
      return { startRow: first, endRow: grid.getLastDisplayedRowIndex() + 1, sortModel: sort, at: Date.now() };
    },
    // The answer: cells change where rows stayed in their places; otherwise the blocks are read anew.
    freshen(fresh) {
      const grid = api();
      if (!grid || !fresh) return none();
      const nodes = fresh.rows.map((row, place) => [grid.getDisplayedRowAtIndex(fresh.first + place), row]);
      if (grid.getDisplayedRowCount() !== fresh.count) grid.refreshInfiniteCache();
      else if (nodes.some(([node, row]) => node && node.data && node.data.id !== row.id)) grid.refreshInfiniteCache();
      else nodes.forEach(([node, row]) => node && node.data && node.updateData(row));
      return none();
    },
    // Another filter: other rows altogether, and none of those that were chosen before.
    refilter() {
      const grid = api();
      if (!grid) return none();
      hook(grid);
      obey(grid);
      if (grid.filters === filters()) return none();
      grid.filters = filters();
      window.flotilla.unpick();
      grid.purgeInfiniteCache();
      if (grid.getDisplayedRowCount()) grid.ensureIndexVisible(0);
      return none();
    },
  });
  window.flotilla = Object.assign(window.flotilla || {}, { grid: { api, fit, kept, keep, columns } });
})();
