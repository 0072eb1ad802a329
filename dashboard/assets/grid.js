// The fleet's grid: its look, its cells, and its rows kept up to date where they stand.
(function () {
  "use strict";
  const GRID = "fleet-grid";
  const h = (...parts) => window.React.createElement(...parts);
  const none = () => window.dash_clientside.no_update;

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

  cells.CpuCell = ({ data }) => !data ? null : h("span", { className: "cpu" },
    data.spark ? h("svg", { width: 72, height: 20, "aria-hidden": true }, h("path", { d: data.spark })) : h("svg", { width: 72, height: 20 }),
    h("b", null, data.cpu));

  // --- opening a row ------------------------------------------------------------------------------------------

  document.addEventListener("click", (event) => {
    const row = event.target.closest && event.target.closest(`#${GRID} .ag-row`);
    if (!row || event.target.closest("a, button") || String(getSelection())) return;
    open(row, event);
  });

  document.addEventListener("keydown", (event) => {
    if (event.key !== "Enter") return;
    const row = event.target.closest && event.target.closest(`#${GRID} .ag-row`);
    if (row) open(row, event);
  });

  function open(row) {
    const link = document.querySelector(`#${GRID} .ag-row[row-index="${row.getAttribute("row-index")}"] a[data-nav]`);
    if (link) link.click();
  }

  // --- staying up to date -------------------------------------------------------------------------------------

  const api = () => {
    try { return window.dash_ag_grid ? window.dash_ag_grid.getApi(GRID) : null; } catch { return null; }
  };

  function fit() {
    const grid = api();
    const width = document.body.clientWidth;
    if (!grid || grid.fitted === width) return;
    grid.fitted = width;
    const from = { identity: 1720, address: 620, model: 1000, version: 900, uptime: 1560, problem: 760, heard: 520, cpu: 0 };
    const narrow = width < 520;
    grid.setColumnWidths([{ key: "state", newWidth: narrow ? 110 : 118 }, { key: "cpu", newWidth: narrow ? 64 : 142 }]);
    for (const [name, least] of Object.entries(from)) grid.setColumnsVisible([name], width >= least);
  }
  window.addEventListener("resize", fit);

  const ours = (window.dash_clientside = window.dash_clientside || {});
  ours.flotilla = Object.assign(ours.flotilla || {}, {
    // Which rows stand on the screen, and how they are sorted: what the server is asked for anew.
    seen() {
      const grid = api();
      if (!grid) return none();
      fit();
      const sort = grid.getColumnState().filter((c) => c.sort).map((c) => ({ colId: c.colId, sort: c.sort }));
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
    // Another filter: other rows altogether.
    refilter() {
      const grid = api();
      if (grid) { grid.purgeInfiniteCache(); grid.ensureIndexVisible && grid.getDisplayedRowCount() && grid.ensureIndexVisible(0); }
      return none();
    },
  });
})();
