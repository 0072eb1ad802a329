// Draws the OpenAPI document of this server: a list of its operations at the left, one of them at the right.
// Everything is put in as text; nothing of the document is taken for HTML.
"use strict";

const METHODS = ["get", "post", "put", "patch", "delete"];
const list = document.getElementById("list");
const shown = document.getElementById("shown");
const filter = document.getElementById("filter");
let spec = null;

/** Make an element of text, elements and attributes. */
function make(tag, attributes, ...inside) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes || {})) made.setAttribute(name, value);
  made.append(...inside.filter((part) => part !== null && part !== undefined));
  return made;
}

/** Text in which what stands in backticks is code. */
function prose(text) {
  const made = document.createElement("span");
  (text || "").split("`").forEach((part, n) => made.append(n % 2 ? make("code", {}, part) : part));
  return made;
}

/** What a reference points at. */
function seen(thing) {
  if (!thing || !thing.$ref) return thing;
  return thing.$ref.slice(2).split("/").reduce((place, name) => place[name], spec);
}

/** A schema in a few words: `text`, `list of Device`, `integer 1–500`. */
function kind(schema) {
  if (!schema) return "";
  if (schema.$ref) return schema.$ref.split("/").pop();
  if (schema.enum) return schema.enum.join(" | ");
  if ("const" in schema) return JSON.stringify(schema.const);
  const several = schema.anyOf || schema.oneOf;
  if (several) return several.map(kind).join(" or ");
  if (schema.type === "array") return "list of " + (kind(schema.items) || "anything");
  const [least, most] = [schema.minimum ?? schema.minLength, schema.maximum ?? schema.maxLength];
  const range = most === undefined ? (least === undefined ? "" : ` ≥ ${least}`) : least === undefined ? ` ≤ ${most}` : ` ${least}–${most}`;
  const name = schema.format || { string: "text" }[schema.type] || schema.type || (schema.pattern ? "text" : "anything");
  return name + (range.length > 16 ? "" : range);
}

function table(head, rows) {
  const body = rows.map((row) => make("tr", {}, ...row.map((cell) => make("td", {}, cell))));
  const titles = make("tr", {}, ...head.map((title) => make("th", { scope: "col" }, title)));
  return make("div", { class: "wide" }, make("table", {}, make("thead", {}, titles), make("tbody", {}, ...body)));
}

function json(value) {
  return make("pre", { tabindex: "0" }, JSON.stringify(value, null, 2));
}

/** The models that a schema names, in the order in which they are met. */
function models(schema, found = new Set()) {
  if (!schema || typeof schema !== "object") return found;
  if (schema.$ref) {
    const name = schema.$ref.split("/").pop();
    if (!found.has(name)) { found.add(name); models(seen(schema), found); }
    return found;
  }
  for (const part of Object.values(schema)) models(part, found);
  return found;
}

function model(name) {
  const schema = spec.components.schemas[name];
  if (!schema || !schema.properties) return null;
  const needed = new Set(schema.required || []);
  const rows = Object.entries(schema.properties).map(([field, part]) => [
    make("code", {}, field), kind(part) + (needed.has(field) ? "" : " (may be left out)"), prose(part.description),
  ]);
  const summary = make("summary", {}, make("code", {}, name), " ", prose(schema.description));
  return make("details", {}, summary, table(["field", "kind", "meaning"], rows));
}

function content(title, told) {
  const parts = [make("h2", {}, title)];
  for (const [media, body] of Object.entries(told || {})) {
    parts.push(make("p", { class: "quiet" }, media, body.schema ? ": " + kind(body.schema) : ""));
    if (body.example !== undefined) parts.push(json(body.example));
    for (const name of models(body.schema)) parts.push(model(name));
  }
  return parts.filter(Boolean);
}

function parameters(operation) {
  const rows = operation.parameters.map(seen).map((one) => [
    make("code", {}, one.name), one.in + (one.required ? ", needed" : ""), kind(one.schema), prose(one.description),
  ]);
  return rows.length ? [make("h2", {}, "Parameters"), table(["name", "where", "kind", "meaning"], rows)] : [];
}

/** One line for each code of each refusal. */
function refusals(operation) {
  const rows = [];
  for (const [status, told] of Object.entries(operation.responses)) {
    const examples = told.content && told.content["application/problem+json"];
    for (const [code, example] of Object.entries((examples && examples.examples) || {})) {
      const value = seen(example).value;
      rows.push([status, make("a", { href: value.type }, make("code", {}, code)), prose(value.detail), prose(value.next_step)]);
    }
  }
  return [make("h2", {}, "Refusals"), table(["status", "code", "what it means", "what to do"], rows)];
}

/** How a program asks. */
function curl(method, path, operation) {
  const body = operation.requestBody && operation.requestBody.content["application/json"];
  const lines = [`curl -X ${method.toUpperCase()} ${location.origin}${path}`];
  if (operation.security.length) lines.push(`-H 'Authorization: Bearer ${operation.security[0].key ? "flt_…" : "…"}'`);
  if (body) lines.push("-H 'Content-Type: application/json'", `-d '${JSON.stringify(body.example || {})}'`);
  return make("pre", { tabindex: "0" }, lines.join(" \\\n  "));
}

/** Who may ask: by the first of the ways to be let in; the others go with it. */
function asker(way) {
  if (!way) return "Anyone may ask.";
  if (!way.key) return `For a signed-in person with the right ${way.access.join(", ")}.`;
  return way.key.length ? `Needs the scope ${way.key.join(", ")}.` : "Needs a key or a session.";
}

function draw(method, path, operation) {
  const needs = asker(operation.security[0]);
  const done = Object.entries(operation.responses).filter(([status]) => status < "400");
  shown.replaceChildren(
    make("h1", {}, operation.summary),
    make("p", { class: "path" }, make("span", { class: `method ${method}` }, method.toUpperCase()), " ", make("code", {}, path)),
    make("p", { class: "quiet" }, needs, " ", make("code", {}, operation.operationId)),
    curl(method, path, operation),
    ...parameters(operation),
    ...(operation.requestBody ? content("Body", operation.requestBody.content) : []),
    ...done.flatMap(([status, told]) => content(`${status} ${told.description}`, told.content)),
    ...refusals(operation),
  );
  document.title = `${operation.summary} · API reference · Flotilla`;
}

function* operations() {
  for (const [path, item] of Object.entries(spec.paths)) {
    for (const method of METHODS) if (item[method]) yield [method, path, item[method]];
  }
}

function choose() {
  const wanted = decodeURIComponent(location.hash.slice(1));
  const every = [...operations()];
  const [method, path, operation] = every.find(([, , one]) => one.operationId === wanted) || every[0];
  for (const link of list.querySelectorAll("a")) {
    if (link.hash === `#${operation.operationId}`) link.setAttribute("aria-current", "true");
    else link.removeAttribute("aria-current");
  }
  draw(method, path, operation);
  if (wanted) { window.scrollTo(0, 0); shown.focus({ preventScroll: true }); }
}

function narrow() {
  const wanted = filter.value.trim().toLowerCase();
  for (const section of list.querySelectorAll("section")) {
    for (const link of section.querySelectorAll("a")) link.hidden = !link.dataset.text.includes(wanted);
    section.hidden = !section.querySelector("a:not([hidden])");
  }
}

function fill() {
  for (const tag of spec.tags) {
    const links = [...operations()].filter(([, , one]) => one.tags.includes(tag.name)).map(([method, path, one]) => {
      const link = make("a", { href: `#${one.operationId}`, title: path }, make("span", { class: `method ${method}` }, method.toUpperCase()), one.summary);
      link.dataset.text = [method, path, one.summary, one.operationId, JSON.stringify(one.security)].join(" ").toLowerCase();
      return link;
    });
    list.append(make("section", {}, make("h2", { title: tag.description }, tag.name), ...links));
  }
}

async function begin() {
  try {
    const answer = await fetch("/api/openapi.json");
    if (!answer.ok) throw new Error(`The server answered with ${answer.status}.`);
    spec = await answer.json();
  } catch (error) {
    shown.replaceChildren(make("h1", {}, "The document could not be read"), make("p", {}, `${error.message} Load this page again.`));
    return;
  }
  fill();
  choose();
  window.addEventListener("hashchange", choose);
  filter.addEventListener("input", narrow);
  document.addEventListener("keydown", (event) => {
    if (event.key === "/" && event.target !== filter) { event.preventDefault(); filter.focus(); }
  });
}

begin();
