// A look at a device before it is added: what answers there fills the fields of the form, and a person decides.
(function () {
  "use strict";

  function prober(spec, fields, { value, put, fault, say, arrange }) {
    const { node, alarm } = window.flotilla;
    const button = node("button", { type: "button", class: "button", text: "Look at the device" });
    const seen = node("div", { class: "probe", role: "status" });
    const field = (name) => fields.find((one) => one.name === name);
    queueMicrotask(() => field("port").box.after(seen)); // When the fields stand in the form.
    button.addEventListener("click", async () => {
      const wrong = fault({ ...field("address"), required: true });
      say(field("address"), wrong);
      if (wrong) return field("address").made.focus();
      button.disabled = true;
      seen.replaceChildren(node("span", { class: "muted", text: "Looking: no name and no password is sent…" }));
      const port = value(field("port"));
      const answer = await window.flotilla.send("POST", spec.probe, { address: value(field("address")), ...(port ? { port } : {}) });
      button.disabled = false;
      if (!answer.ok) return seen.replaceChildren(alarm(answer.problem));
      seen.replaceChildren(...sight(answer.body));
      if (!answer.body.tls) return;
      put(field("port"), answer.body.port);
      put(field("tls"), answer.body.tls);
      put(field("fingerprint"), answer.body.certificate && answer.body.tls === "pin" ? answer.body.certificate.fingerprint : "");
      arrange(fields);
    });
    return button;
  }

  function sight(found) {
    const { node } = window.flotilla;
    if (found.error) return [node("strong", { class: "bad", text: found.error.detail }), node("span", { text: found.error.next_step })];
    const shows = found.certificate;
    return [
      node("strong", { text: `${found.address} answers on port ${found.port}${found.protocol ? " with " + found.protocol : ""}.` }),
      shows && node("span", { text: `Certificate of ${shows.subject}${shows.self_signed ? ", self-signed" : ", by " + shows.issuer}` }),
      shows && node("code", { text: shows.fingerprint }),
      found.tls === "pin" && node("span", { text: "Compare this with the device's own (/certificate/print detail) before you add it." }),
      ...found.remarks.map((remark) => node("span", { text: `${remark.text} ${remark.next_step}` })),
    ].filter(Boolean);
  }

  window.flotilla = Object.assign(window.flotilla || {}, { prober });
})();
