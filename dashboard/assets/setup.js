// The first device, step by step: where it is, what answers there, how it is entered, and what it says at first.
(function () {
  "use strict";
  const LOOK = 2000;
  const TLS = {
    verify: "TLS, with a certificate that an authority vouches for", pin: "TLS, with a certificate of its own",
    anonymous: "TLS without a certificate", plain: "without TLS: the password can be read on its way",
  };
  let device = { found: null };

  function node(tag, kind, ...inside) {
    const made = document.createElement(tag);
    if (kind) made.className = kind;
    made.append(...inside.filter((one) => one !== null && one !== undefined && one !== ""));
    return made;
  }

  function field(name, word, more) {
    const input = Object.assign(node("input", "field"), { name, id: "setup-" + name, autocomplete: "off", ...more });
    const wrong = Object.assign(node("p", "wrong"), { id: input.id + "-wrong" });
    input.setAttribute("aria-describedby", wrong.id);
    return node("div", "setup-field", Object.assign(node("label", "", word), { htmlFor: input.id }), input, wrong);
  }

  function step(number, title, ...inside) {
    const form = node("form", "setup-step", node("h2", "", node("span", "setup-number", String(number)), title), ...inside);
    form.noValidate = true;
    form.append(Object.assign(node("div", "setup-said"), { role: "status" }));
    return form;
  }

  const home = () => `/api/tenants/${document.getElementById("tenant").dataset.id}/devices`;
  const said = (form, ...lines) => form.querySelector(".setup-said").replaceChildren(...lines);
  const open = (form, on) => { form.inert = !on; form.dataset.step = on ? "now" : "later"; };

  // What is wrong stands at its field; what is no field's stands below.
  function refuse(form, problem) {
    for (const place of form.querySelectorAll(".wrong")) place.textContent = "";
    const rest = (problem.errors || []).filter((fault) => {
      const place = document.getElementById(`setup-${fault.name}-wrong`);
      if (place && form.contains(place)) place.textContent = fault.detail;
      return !place || !form.contains(place);
    });
    const told = rest.length || !(problem.errors || []).length;
    said(form, ...(told ? [tell("bad", problem.detail, problem.next_step, problem.request_id)] : []));
    const first = [...form.querySelectorAll(".wrong")].find((place) => place.textContent);
    if (first) first.previousElementSibling.focus();
  }

  function tell(tone, what, next, id) {
    const box = node("div", "setup-told", node("strong", "", what), next ? node("span", "", next) : null, id ? node("code", "", "request " + id) : null);
    box.dataset.tone = tone;
    return box;
  }

  function missing(form, ...names) {
    const errors = names.filter((name) => !form.elements[name].value.trim()).map((name) => ({ name, detail: "Needed." }));
    refuse(form, { errors: errors.length ? errors : undefined, detail: "" });
    if (!errors.length) said(form);
    return errors.length > 0;
  }

  async function busy(form, word, work) {
    const button = form.querySelector("button[type=submit]"), before = button.textContent;
    button.disabled = true;
    button.textContent = word;
    try { return await work(); } finally { button.disabled = false; button.textContent = before; }
  }

  // --- where it is --------------------------------------------------------------------------------------------

  function first(next) {
    const form = step(1, "Where is it?",
      node("div", "setup-row", field("address", "Address or name", { placeholder: "192.168.88.1" }), field("port", "Port", { placeholder: "8729", inputMode: "numeric", maxLength: 5 })),
      node("button", "button", "Look"));
    form.querySelector("button").type = "submit";
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      if (missing(form, "address")) return;
      const address = form.elements.address.value.trim(), port = form.elements.port.value.trim();
      if (port && !/^\d+$/.test(port)) return refuse(form, { errors: [{ name: "port", detail: "A number from 1 to 65535." }] });
      open(next, false);
      const got = await busy(form, "Looking…", () => window.flotilla.ask("POST", home() + "/probe", { address, ...(port ? { port: Number(port) } : {}) }));
      if (!got.ok) return refuse(form, got.problem);
      found(form, next, got.body);
    });
    return form;
  }

  function found(form, next, seen) {
    if (!seen.tls) {
      const why = seen.error || { detail: "Nothing that we know answers there.", next_step: "Check the address and the port." };
      return said(form, tell("bad", why.detail, why.next_step));
    }
    device.found = seen;
    const shown = seen.certificate;
    said(form,
      tell("good", `It answers at ${seen.address}:${seen.port}, ${TLS[seen.tls]}.`, shown ? `${shown.subject} · ${shown.key} · ${seen.protocol}` : seen.protocol || ""),
      ...(shown && seen.tls === "pin" ? [node("p", "setup-print", "Compare the fingerprint with the router's own; from now on it must show this one. ", node("code", "", shown.fingerprint))] : []),
      ...seen.remarks.map((one) => tell("warn", one.text, one.next_step)));
    open(next, true);
    if (!next.elements.name.value) next.elements.name.value = seen.address;
    next.elements.name.focus();
    next.elements.name.select();
  }

  // --- how it is entered --------------------------------------------------------------------------------------

  function second(last) {
    const form = step(2, "Who enters it?",
      field("name", "Its name here", { maxLength: 100 }),
      node("div", "setup-row even", field("username", "User", { spellcheck: false }), field("password", "Password", { type: "password", autocomplete: "new-password" })),
      node("button", "button", "Add and watch it"));
    form.querySelector("button").type = "submit";
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      if (missing(form, "name", "username")) return;
      const { address, port, tls, certificate } = device.found, given = form.elements;
      const wanted = { name: given.name.value.trim(), address, port, tls, username: given.username.value.trim(), password: given.password.value };
      if (tls === "pin" && certificate) wanted.fingerprint = certificate.fingerprint;
      const got = await busy(form, "Adding…", () => window.flotilla.ask("POST", home(), wanted));
      if (!got.ok) return refuse(form, got.problem);
      given.password.value = "";
      open(form, false);
      open(last, true);
      watch(last, got.body.id);
    });
    open(form, false);
    return form;
  }

  // --- what it says at first ----------------------------------------------------------------------------------

  function third() {
    const form = step(3, "What does it say?");
    open(form, false);
    return form;
  }

  async function watch(form, id) {
    if (!form.isConnected) return;
    const got = await window.flotilla.ask("GET", `${home()}/${id}`);
    const link = Object.assign(node("a", "button", "Open its page"), { href: location.pathname.split("/").slice(0, 3).join("/") + "/device/" + id });
    link.dataset.nav = "device";
    const one = got.body;
    if (!got.ok) said(form, tell("bad", got.problem.detail, got.problem.next_step));
    else if (one.state === "up") return said(form, tell("good", `${one.identity || one.name} is up.`, [one.model, one.version && "RouterOS " + one.version].filter(Boolean).join(", ")), link);
    else if (one.error) said(form, tell("bad", one.error, "It is tried again by itself. User and password are changed on its page."), link);
    else said(form, tell("", "It is asked for the first time.", "That takes a few seconds, a minute at most."));
    setTimeout(() => watch(form, id), LOOK);
  }

  function build(place) {
    device = { found: null };
    const last = third(), next = second(last), begin = first(next);
    open(begin, true);
    place.append(begin, next, last);
    begin.elements.address.focus();
  }

  const ours = (window.dash_clientside = window.dash_clientside || {});
  ours.flotilla = Object.assign(ours.flotilla || {}, {
    setup() {
      const place = document.getElementById("setup-steps");
      if (place && !place.firstChild) build(place);
      return window.dash_clientside.no_update;
    },
  });
})();
