// The network and the sites: what is chosen goes into the address.
(function () {
  "use strict";
  const ours = (window.dash_clientside = window.dash_clientside || {});

  function ask(name, value) {
    const query = new URLSearchParams(location.search);
    if ((query.get(name) || "") === (value || "")) return;
    value ? query.set(name, value) : query.delete(name);
    if (name === "site") query.delete("node");
    window.flotilla.go("?" + query);
  }

  ours.flotilla = Object.assign(ours.flotilla || {}, {
    node(click) {
      const point = click && click.points && click.points[0];
      if (point && point.customdata) ask("node", point.customdata);
      return window.dash_clientside.no_update;
    },
    place(click) {
      const point = click && click.points && click.points[0];
      if (point && point.customdata) ask("site", point.customdata);
      return window.dash_clientside.no_update;
    },
    site(value) {
      if (value !== undefined) ask("site", value);
      return window.dash_clientside.no_update;
    },
  });
})();
