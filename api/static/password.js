// The page where a person changes the password: the old one is proved as at the sign-in, and the server is given a new
// verifier. The Secret Key stays the same, and so does the Emergency Kit.
import { busy, drawn, find, guard, post, secretKey, show, tell } from "/static/door.js";
import { enrol, hello, prove, read, usable } from "/static/srp.js";
import { watch } from "/static/strength.js";

const form = find("form");

// Tells a problem, or null once the password is changed.
async function change(key) {
  const { email, password, chosen } = form.elements, said = hello(email.value.trim());
  const begun = await post("/api/auth/srp/begin", { email: said.email, A: said.A });
  if (!begun.ok) return begun.problem;
  const proofs = await prove(said, password.value, key, begun.answer);
  const stored = await enrol(chosen.value, key);
  const proof = { handshake: begun.answer.handshake, M1: proofs.M1 };
  const done = await post("/api/auth/password", { ...proof, ...stored }, guard());
  if (!done.ok) return done.problem;
  if (done.answer.M2 !== proofs.M2) {
    return { detail: "This server could not prove that it knew you.", next_step: "Tell your administrator." };
  }
  find("[data-to]").href = done.answer.to;
  return null;
}

async function submit(event) {
  event.preventDefault();
  tell(form, null);
  const text = secret.value(), key = await read(text);
  if (!key) {
    form.elements.key.focus();
    return tell(form, { detail: "This is not a whole Secret Key, or a sign of it is wrong.", next_step: "Compare it with your Emergency Kit: F1 and six groups of five." });
  }
  busy(form, true);
  await drawn();
  const problem = await change(key).catch((error) => ({ detail: `It did not work: ${error.message}.`, next_step: "Try again; if it stays, tell your administrator." }));
  busy(form, false);
  if (problem) return tell(form, problem);
  secret.proved(text);
  form.reset();
  return show("done");
}

const secret = secretKey(form);
watch(form, () => form.elements.email.value);
form.addEventListener("submit", submit);
show(usable() ? "change" : "insecure");
