// Hands the token of a sign-in link to the server. It stands behind the address's "#", so no request line, log or
// referrer ever holds it; it is taken out of the address at once and kept in memory for another try.
"use strict";

let token = "";

function show(state) {
  for (const section of document.querySelectorAll("[data-state]")) {
    section.hidden = section.dataset.state !== state;
  }
}

function fail(problem) {
  const put = (name, text) => { document.querySelector(`[data-${name}]`).textContent = text; };
  put("detail", problem.detail);
  put("next", problem.next_step);
  put("request", problem.request_id ? `Request ${problem.request_id}` : "");
  show("failed");
}

async function redeem() {
  show("working");
  let response, answer;
  try {
    response = await fetch("/api/auth/link", {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ token }),
    });
    answer = await response.json();
  } catch {
    return fail({ detail: "The server does not answer.", next_step: "Your link is not used up. Try again in a moment." });
  }
  if (response.ok) return location.replace(answer.to);
  if (response.status === 401 || response.status === 422) return show("expired");
  return fail(answer);
}

function begin() {
  token = location.hash.slice(1);
  if (!token) return show("missing");
  history.replaceState(null, "", location.pathname);
  return redeem();
}

document.querySelector("[data-again]").addEventListener("click", redeem);
window.addEventListener("hashchange", begin);
begin();
