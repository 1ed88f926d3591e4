// Waits until the box was started anew, then goes back to its page.
const LOOK_MS = 500;
const PATIENCE_MS = 60000; // then the browser says by itself what is wrong: another address, another certificate
const begun = Date.now();
const { start } = document.getElementById("gone").dataset;
const waiting = document.getElementById("waiting");

async function isBack() {
  try {
    const answer = await fetch("/alive", { cache: "no-store" });
    return answer.ok && (await answer.json()).start !== start;
  } catch {
    return false;
  }
}

async function look() {
  if (await isBack()) {
    waiting.textContent = waiting.dataset.back;
    location.replace("/");
  } else if (Date.now() - begun > PATIENCE_MS) location.replace("/");
  else setTimeout(look, LOOK_MS);
}

waiting.hidden = false;
look();
