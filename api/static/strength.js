// A hint how hard a password is to guess: length counts, what repeats or runs on counts little, known words less.

const KNOWN = /passwor[dt]|passwd|qwert[yz]|letmein|welcome|admin|flotilla|mikrotik|routeros|router|secret|summer|winter|dragon|iloveyou|monkey/gi;
export const LEAST = 10;

function kinds(text) {
  const sizes = [[/[a-z]/, 26], [/[A-Z]/, 26], [/\d/, 10], [/[^a-zA-Z\d]/, 33]];
  return sizes.reduce((sum, [kind, size]) => sum + (kind.test(text) ? size : 0), 0);
}

// Leaves out what follows from the sign before: the same again, or the next one up or down.
function surprises(text) {
  return [...text].filter((sign, at, all) => at === 0 || Math.abs(sign.codePointAt(0) - all[at - 1].codePointAt(0)) > 1);
}

// Tells bits, roughly, a mark from 0 to 3, and what to say.
export function strength(password, email) {
  const name = email.split("@")[0];
  const plain = (name.length > 2 ? password.split(name).join("") : password).replace(KNOWN, "x");
  const bits = Math.log2(Math.max(2, kinds(plain))) * Math.min(surprises(plain).length, new Set(plain).size * 2);
  if (password.length < LEAST) return { mark: 0, says: `Too short: ${LEAST} characters at least.` };
  if (bits < 45) return { mark: 1, says: "Easy to guess. Four or five random words are better." };
  if (bits < 70) return { mark: 2, says: "Fair. Longer is better." };
  return { mark: 3, says: "Strong." };
}

// Keeps the hint below a field of a form up to date, and both fields alike.
export function watch(form, email) {
  const { chosen, again } = form.elements, hint = form.querySelector("[data-strength]");
  const meter = form.querySelector("meter");
  const look = () => {
    const { mark, says } = strength(chosen.value, email());
    meter.value = chosen.value ? mark + 0.5 : 0;
    hint.textContent = chosen.value ? says : `${LEAST} characters at least; several random words are good.`;
    chosen.setCustomValidity(mark === 0 ? says : "");
    again.setCustomValidity(again.value === chosen.value ? "" : "Both fields must be the same.");
  };
  for (const field of [chosen, again]) field.addEventListener("input", look);
  look();
}
