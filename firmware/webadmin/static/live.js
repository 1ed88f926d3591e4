// What htmx does not do: no connection for a window that nobody sees, words when the box is away, sound.
import { readyToListen } from "./listen.js";

const RETRY_MS = 2000; // the box may be starting again
const SURPLUS_MS = 5000; // no seat for live updates: look now and then
const note = document.getElementById("note");
const look = document.getElementById("look");
const heard = []; // what htmx listens for: [event, listener]
let address = "";
let source = null;
let timer = 0;

// htmx knows this one source for as long as the page lives; the connection behind it comes and goes.
htmx.createEventSource = (url) => {
  address = url;
  watch();
  return {
    addEventListener(...one) {
      heard.push(one);
      source?.addEventListener(...one);
    },
    removeEventListener() {}, // no part of the page ever leaves it
    close: rest,
  };
};

function say(text) {
  if (note.textContent !== text) note.textContent = text;
  document.body.classList.toggle("lost", text === note.dataset.lost);
}

function watch() {
  rest();
  if (document.hidden) return; // a browser opens six connections to a box at most
  const opened = (source = new EventSource(address));
  for (const one of heard) opened.addEventListener(...one);
  opened.onopen = () => say("");
  opened.onerror = () => {
    if (opened.readyState === EventSource.CLOSED) htmx.trigger(look, "look"); // told no: there is no seat
    else say(note.dataset.lost);
  };
}

function rest() {
  clearTimeout(timer);
  source?.close();
  source = null;
}

document.addEventListener("visibilitychange", watch);
addEventListener("pagehide", rest);
addEventListener("pageshow", (event) => event.persisted && watch());

function looked(isThere) {
  if (isThere) document.body.classList.remove("lost");
  else say(note.dataset.lost);
  clearTimeout(timer);
  timer = setTimeout(watch, isThere ? SURPLUS_MS : RETRY_MS);
}

document.addEventListener("htmx:afterRequest", ({ detail: { elt, target, xhr } }) => {
  if (elt === look) looked(xhr.status === 200);
  else if (!xhr.getResponseHeader("Content-Type")?.startsWith("text/plain")) target.textContent = note.dataset.silent;
});

// What is shown already is not put in anew: screen readers would read it again.
document.addEventListener("htmx:sseBeforeMessage", (event) => {
  if (event.target.innerHTML === event.detail.data) event.preventDefault();
});
document.addEventListener("htmx:oobBeforeSwap", ({ detail }) => {
  detail.shouldSwap = detail.target.innerHTML !== detail.fragment.innerHTML;
});

readyToListen();
