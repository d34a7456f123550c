// Keeps the console live: elements with `data-live` (seconds) and an id are replaced by the same ones of the page
// fetched anew. Without this script the pages are whole; a reload does the same.
"use strict";
(() => {
  const LONGEST = 30;
  const contact = document.getElementById("contact");
  let timer = 0, failures = 0, last = new Date(), over = false;

  const live = () => [...document.querySelectorAll("[data-live][id]")];

  // Somebody is in it: a field or a button has the focus, or text in it is selected.
  const inUse = (part) => {
    const selection = document.getSelection();
    return part.contains(document.activeElement) ||
      (!!selection && !selection.isCollapsed && part.contains(selection.anchorNode));
  };

  const replace = (part, fresh) => {
    if (!fresh) { part.removeAttribute("data-live"); return; }
    if (inUse(part) || part.outerHTML === fresh.outerHTML) return;
    const open = [...part.querySelectorAll("details")].map((one) => one.open);
    const next = document.importNode(fresh, true);
    next.querySelectorAll("details").forEach((one, n) => { if (open[n]) one.open = true; });
    part.replaceWith(next);
  };

  const say = (text) => {
    if (contact && contact.textContent !== text) contact.textContent = text;
  };

  const lost = () => {
    failures += 1;
    const time = last.toLocaleTimeString(document.documentElement.lang);
    if (failures > 1 && contact) say(contact.dataset.lost.replace("{time}", time));
  };

  const look = async () => {
    timer = 0;
    if (document.hidden || over) return;
    try {
      const answer = await fetch(location.href, {cache: "no-store", redirect: "manual", signal: AbortSignal.timeout(10000)});
      if (answer.type === "opaqueredirect" || answer.status === 401 || answer.status === 403) {
        over = true;
        if (contact) say(contact.dataset.signedOut);
        return;
      }
      if (!answer.ok) throw new Error(String(answer.status));
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      live().forEach((part) => replace(part, page.getElementById(part.id)));
      document.title = page.title;
      failures = 0;
      last = new Date();
      say("");
    } catch (error) {
      lost();
    }
    plan();
  };

  const plan = () => {
    const waits = live().map((part) => Number(part.dataset.live) || 5);
    if (!waits.length || over || timer) return;
    timer = setTimeout(look, Math.min(Math.min(...waits) * 2 ** Math.min(failures, 5), LONGEST) * 1000);
  };

  document.addEventListener("visibilitychange", () => {
    clearTimeout(timer);
    timer = 0;
    if (!document.hidden) look();
  });
  plan();
})();
