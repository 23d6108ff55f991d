// Saves a look at the clock and the key for "reload": new looks as they come, the reader's own time, and
// keys in the rows of days. All of the page works without it.
(() => {
  const all = (query, root = document) => [...root.querySelectorAll(query)];
  const one = (id) => document.getElementById(id);

  // By where this script is, as a proxy may serve all of it below a path of its own.
  const source = new URL("../status/events", document.currentScript.src);

  // The reader's own time, with that of the service behind it.
  const localise = (root) => all("time[data-local]", root).forEach((time) => {
    const at = new Date(time.dateTime);
    if (isNaN(at)) return;
    const today = at.toDateString() === new Date().toDateString();
    const day = today ? {} : { month: "short", day: "numeric" };
    time.title = time.textContent;
    time.textContent = at.toLocaleString([], { ...day, hour: "2-digit", minute: "2-digit", timeZoneName: "short" });
  });

  // How old what is shown is, by the clock of the service.
  let ahead = 0;
  const span = (s) => s < 120 ? s + " s" : s < 7200 ? Math.round(s / 60) + " min" : Math.round(s / 3600) + " h";
  const setClock = () => {
    const age = one("age");
    if (age && age.dataset.now) ahead = new Date(age.dataset.now) - Date.now();
  };
  let renew;
  const tick = () => {
    const age = one("age");
    if (!age || !age.dataset.at) return;
    const seconds = Math.max(0, Math.round((Date.now() + ahead - new Date(age.dataset.at)) / 1000));
    age.textContent = "as of " + span(seconds) + " ago";
    const lost = one("lost");
    if (lost) lost.hidden = !isLost;
    // No look came in time: the page of the service says why.
    if (renew && seconds > age.dataset.late && seconds % 30 === 0) renew();
  };

  // One tab stop in a row of days; arrows, Home and End go on from there.
  const step = { ArrowLeft: -1, ArrowRight: 1, PageUp: -7, PageDown: 7, Home: -1e3, End: 1e3 };
  document.addEventListener("keydown", (event) => {
    const cell = event.target.closest && event.target.closest("button.day");
    if (!cell || !(event.key in step) || event.altKey || event.ctrlKey || event.metaKey) return;
    const cells = all("button.day", cell.parentNode).filter((other) => other.offsetParent);
    const last = cells.length - 1;
    const next = Math.min(last, Math.max(0, cells.indexOf(cell) + step[event.key]));
    all("[tabindex='0']", cell.parentNode).forEach((other) => { other.tabIndex = -1; });
    cells[next].tabIndex = 0;
    cells[next].focus();
    event.preventDefault();
  });

  // What a day was, under its row.
  const tell = (event) => {
    const cell = event.target.closest && event.target.closest("button.day");
    if (!cell) return;
    const tip = cell.form.parentNode.querySelector(".tip");
    if (tip) tip.textContent = cell.getAttribute("aria-label");
  };
  document.addEventListener("mouseover", tell);
  document.addEventListener("focusin", tell);

  // A new look: the page is asked for again, and what has changed takes its place. Where somebody types
  // or has opened something, nothing moves under the hand.
  let isLost = false;
  let isAsking = false;
  renew = async () => {
    if (isAsking || document.hidden) return;
    isAsking = true;
    try {
      const answer = await fetch(location.href, { headers: { accept: "text/html" } });
      const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
      if (!fresh.body.hasAttribute("data-live")) return;
      isLost = false;
      localise(fresh);
      all("[id^='live-']").forEach((old) => {
        const now = fresh.getElementById(old.id);
        if (!now || old.contains(document.activeElement) || old.querySelector("details[open]")) return;
        old.replaceWith(now);
      });
      const said = document.querySelector("h1");
      if (document.title !== fresh.title && said) one("said").textContent = said.textContent;
      document.title = fresh.title;
      document.querySelector("link[rel=icon]").href = fresh.querySelector("link[rel=icon]").href;
      setClock();
    } catch { isLost = true; } finally { isAsking = false; }
    tick();
  };

  localise(document);
  setClock();
  tick();
  if (!document.body.hasAttribute("data-live")) return;
  setInterval(tick, 1000);
  const events = new EventSource(source);
  // All who listen hear of it at once, and need not ask at once.
  events.addEventListener("look", () => setTimeout(renew, Math.random() * 1000));
  events.onopen = () => { if (isLost) renew(); };
  events.onerror = () => { isLost = true; tick(); };
  document.addEventListener("visibilitychange", renew);
})();
