// SRP-6a in the browser (RFC 5054, 2048 bits, SHA-256): proves a password and a Secret Key to a server that never sees
// either. It does what api/srp.py and api/secretkey.py do, byte for byte. Needs WebCrypto, so TLS or this very machine.

export const ROUNDS = 600000;
export const usable = () => Boolean(globalThis.crypto && globalThis.crypto.subtle && globalThis.isSecureContext);

const SIZE = 256, SALT = 16, KEY = 16, SECRET = 32;
const N = BigInt(`0x${[
  "AC6BDB41324A9A9BF166DE5E1389582FAF72B6651987EE07FC3192943DB56050A37329CBB4A099ED8193E0757767A13D",
  "D52312AB4B03310DCD7F48A9DA04FD50E8083969EDB767B0CF6095179A163AB3661A05FBD5FAAAE82918A9962F0B93B8",
  "55F97993EC975EEAA80D740ADBF4FF747359D041D5C33EA71D281E446B14773BCA97B43A23FB801676BD207A436C6481",
  "F1D2B9078717461A5B9D32E688F87748544523B524B0D57D5EA77A2775D2ECFA032CFBDBF52FB3786160279004E57AE6",
  "AF874E7303CE53299CCC041C7BC308D82A5698F3A8D0C38271AE35F8E9DBFBB694B5C803D89F7AE435DE236D525F5475",
  "9B65E372FCD68EF20FA7111F9E4AFF73",
].join("")}`);
const g = 2n;
const INFO = "flotilla 2skd F1";

const utf8 = (text) => new TextEncoder().encode(text);
export const hex = (bytes) => Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
export const unhex = (text) => Uint8Array.from(text.match(/../g) ?? [], (pair) => parseInt(pair, 16));
export const random = (count) => crypto.getRandomValues(new Uint8Array(count));
const number = (bytes) => BigInt(`0x${hex(bytes) || "0"}`);
export const pad = (value) => unhex(value.toString(16).padStart(2 * SIZE, "0"));
const mix = (one, other) => one.map((byte, at) => byte ^ other[at]);

function join(...parts) {
  const whole = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  parts.reduce((at, part) => (whole.set(part, at), at + part.length), 0);
  return whole;
}

const digest = async (...parts) => new Uint8Array(await crypto.subtle.digest("SHA-256", join(...parts)));

function power(base, exponent, modulus) {
  let result = 1n;
  for (const bit of exponent.toString(2)) {
    result = result * result % modulus;
    if (bit === "1") result = result * base % modulus;
  }
  return result;
}

async function derive(algorithm, secret, facts) {
  const key = await crypto.subtle.importKey("raw", secret, algorithm, false, ["deriveBits"]);
  return new Uint8Array(await crypto.subtle.deriveBits({ name: algorithm, hash: "SHA-256", ...facts }, key, 256));
}

// Makes x of the password and the 16 bytes of the Secret Key: who has one of them learns nothing of x.
export async function stretch(password, key, salt, rounds) {
  const slow = derive("PBKDF2", utf8(password.normalize("NFKC")), { salt, iterations: rounds });
  const strong = derive("HKDF", key, { salt, info: utf8(INFO) });
  return number(mix(await slow, await strong));
}

export const open = (secret) => power(g, secret, N);

// Finds the shared secret S; a B with which anybody could pass for the server is refused.
export async function share(A, B, x, a) {
  const u = A > 0n && A < N && B > 0n && B < N ? number(await digest(pad(A), pad(B))) : 0n;
  if (u === 0n) throw new Error("the server's public value is none");
  const k = number(await digest(pad(N), pad(g)));
  const base = (B - k * open(x) % N + N) % N;
  return power(base, a + u * x, N);
}

export async function proofs(identity, salt, A, B, S) {
  const key = await digest(pad(S));
  const group = mix(await digest(pad(N)), await digest(pad(g)));
  const M1 = await digest(group, await digest(utf8(identity)), salt, pad(A), pad(B), key);
  return { M1: hex(M1), M2: hex(await digest(pad(A), M1, key)) };
}

// The client's first word: keep the result, send its email and A.
export function hello(email) {
  const a = number(random(SECRET));
  return { email, a, A: hex(pad(open(a))) };
}

// What answers the server's salt, rounds and B: send M1, and believe only a server that answers M2.
export async function prove(said, password, key, offered) {
  if (offered.rounds < ROUNDS) throw new Error("the server asks for too few rounds");
  const salt = unhex(offered.salt), A = number(unhex(said.A)), B = number(unhex(offered.B));
  const x = await stretch(password, key, salt, offered.rounds);
  return proofs(said.email, salt, A, B, await share(A, B, x, said.a));
}

// What the server stores for a new password.
export async function enrol(password, key) {
  const salt = random(SALT);
  const x = await stretch(password, key, salt, ROUNDS);
  return { salt: hex(salt), rounds: ROUNDS, verifier: hex(pad(open(x))) };
}

// --- The Secret Key: F1, then 128 bits and 22 bits of their SHA-256 in Crockford's base 32.

const ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ", SIGNS = 30, CHECK = 22n;

async function check(key) {
  return number((await digest(utf8("F1"), key)).slice(0, 3)) >> 2n;
}

export async function write(key) {
  let rest = number(key) << CHECK | await check(key), signs = "";
  for (let place = 0; place < SIGNS; place += 1, rest >>= 5n) signs = ALPHABET[Number(rest & 31n)] + signs;
  return ["F1", ...signs.match(/.{5}/g)].join("-");
}

// Reads what a person wrote; null where it is no Secret Key.
export async function read(text) {
  const signs = text.replace(/[\s-]/g, "").toUpperCase();
  const body = signs.slice(2).replace(/O/g, "0").replace(/[IL]/g, "1");
  if (!signs.startsWith("F1") || body.length !== SIGNS) return null;
  let whole = 0n;
  for (const sign of body) {
    if (!ALPHABET.includes(sign)) return null;
    whole = whole << 5n | BigInt(ALPHABET.indexOf(sign));
  }
  const key = unhex((whole >> CHECK).toString(16).padStart(2 * KEY, "0"));
  return (whole & ((1n << CHECK) - 1n)) === await check(key) ? key : null;
}

export const fresh = () => write(random(KEY));
