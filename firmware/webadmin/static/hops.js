// Shows the hops of a test call as they come, until it is over.
const LOOK_MS = 500;
const LOST_MS = 2000; // the box may be busy, or starting again
const list = document.getElementById("hop-list");

async function look() {
  try {
    const answer = await fetch("/self-test/hops", { headers: { Accept: "application/json" } });
    if (answer.status === 401) return location.reload(); // signed out: the page says where to sign in
    const told = await answer.json();
    if (list.innerHTML !== told.html) list.innerHTML = told.html; // escaped by the box's templates
    if (told.is_over) document.getElementById("stop-test").hidden = true;
    else setTimeout(look, LOOK_MS);
  } catch {
    setTimeout(look, LOST_MS);
  }
}

look();
