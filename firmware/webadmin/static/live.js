// Keeps the page fresh without a reload, and presses its buttons without leaving it.
import { readyToListen } from "./listen.js";

const RETRY_MS = 2000; // the box may be starting again
const SURPLUS_MS = 5000; // no seat for live updates: look now and then
const layout = document.getElementById("live").dataset.layout;
const note = document.getElementById("note");
let stream = null;
let timer = 0;

function say(text) {
  if (note.textContent !== text) note.textContent = text;
  note.hidden = !text;
}

function show(picture) {
  document.body.classList.remove("lost");
  say(picture.note || "");
  if (picture.layout !== layout) return location.reload(); // other telephones, or the box was started anew
  for (const [name, html] of Object.entries(picture.parts)) {
    const part = document.querySelector(`[data-part="${name}"]`);
    if (part && part.innerHTML !== html) part.innerHTML = html; // escaped by the box's templates
  }
  for (const [name, state] of Object.entries(picture.states)) {
    const card = document.querySelector(`[data-card="${name}"]`);
    if (card) card.dataset.state = state;
  }
}

function watch() {
  clearTimeout(timer);
  stream?.close();
  stream = new EventSource("/live");
  stream.onmessage = (event) => show(JSON.parse(event.data));
  stream.onerror = () => {
    if (stream?.readyState === EventSource.CLOSED) look(); // told no: there is no seat
    else lose();
  };
}

function lose() {
  document.body.classList.add("lost");
  say(note.dataset.lost);
}

async function look() {
  try {
    const answer = await fetch("/parts", { headers: { Accept: "application/json" } });
    if (answer.status === 401) return location.reload(); // signed out: the page says where to sign in
    show(await answer.json());
    timer = setTimeout(watch, SURPLUS_MS);
  } catch {
    lose();
    timer = setTimeout(watch, RETRY_MS);
  }
}

function rest() {
  clearTimeout(timer);
  stream?.close();
  stream = null;
}

// A browser opens six connections to a box at most: windows that nobody sees must not hold one.
document.addEventListener("visibilitychange", () => (document.hidden ? rest() : watch()));
addEventListener("pagehide", rest);
addEventListener("pageshow", (event) => event.persisted && watch());
if (!document.hidden) watch();

// Digits go out one after the other: a telephone cannot press two keys at once. Other buttons do not wait.
const dialling = new Map();

async function press(form, data) {
  const result = form.closest("article").querySelector(".result");
  try {
    const answer = await fetch(form.action, {
      method: "POST",
      headers: { Accept: "application/json" },
      body: new URLSearchParams(data),
    });
    result.textContent = (await answer.json()).text;
  } catch {
    result.textContent = note.dataset.silent;
  }
}

document.addEventListener("submit", async (event) => {
  const form = event.target;
  const button = event.submitter;
  if (!form.closest("article")) return;
  event.preventDefault();
  const data = new FormData(form, button);
  button?.setAttribute("aria-busy", "true");
  const before = form.action.endsWith("/dial") ? dialling.get(form.action) : null;
  const done = Promise.resolve(before).then(() => press(form, data));
  if (form.action.endsWith("/dial")) dialling.set(form.action, done);
  await done;
  button?.removeAttribute("aria-busy");
});

readyToListen();
