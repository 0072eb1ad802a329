// The fields of a template's variables, by their types. An empty field leaves a variable to its default.
(function () {
  "use strict";
  let numbers = 0;

  const node = (...said) => window.flotilla.node(...said);
  const HINTS = { ip: "An address, such as 192.0.2.1", subnet: "A network, such as 192.0.2.0/24", int: "A number", secret: "Kept encrypted and shown to nobody" };

  function control(one, id) {
    const common = { id, name: one.name, required: one.default === null && one.kind !== "bool", "aria-describedby": `${id}-hint` };
    if (one.kind === "bool") return choice(common, [["", one.default === null ? "no" : `as by default (${one.default})`], ["true", "yes"], ["false", "no"]]);
    if (one.choices.length) return choice(common, [["", one.default === null ? "choose" : `as by default (${one.default})`], ...one.choices.map((word) => [word, word])]);
    return node("input", { ...common, type: one.kind === "int" ? "number" : one.kind === "secret" ? "password" : "text", min: one.least, max: one.most,
      placeholder: one.default, autocomplete: one.kind === "secret" ? "new-password" : "off", spellcheck: "false", "data-1p-ignore": "true" });
  }

  function choice(common, options) {
    const made = node("select", common, options.map(([, text]) => node("option", { text })));
    [...made.options].forEach((option, n) => { option.value = options[n][0]; });
    return made;
  }

  function typed(one, text) {
    if (one.kind === "int") return Number(text);
    if (one.kind === "bool") return text === "true";
    return text;
  }

  // Gives the fields, and what they hold as REST takes it.
  function variables(list) {
    const made = list.map((one) => {
      const id = `variable-${++numbers}`, field = control(one, id);
      const hint = [one.about.replace(/\.$/, ""), HINTS[one.kind]].filter(Boolean).join(". ");
      return { one, field, box: node("div", { class: "field-of" }, node("label", { for: id, text: one.name }), field, node("small", { id: `${id}-hint`, class: "muted", text: hint })) };
    });
    const values = () => Object.fromEntries(made.flatMap(({ one, field }) => {
      const text = one.kind === "secret" ? field.value : field.value.trim();
      return text === "" ? (one.kind === "bool" && one.default === null ? [[one.name, false]] : []) : [[one.name, typed(one, text)]];
    }));
    return { boxes: made.map(({ box }) => box), values };
  }

  window.flotilla = Object.assign(window.flotilla || {}, { variables });
})();
