// The site: one step after the other, each with an address of its own, so that going back works.

import * as sendero from "./sendero.js";
import {day, hour, language, t} from "./texts.js";

const main = document.getElementById("content");
let mine = null; // reference and code, while this page is open

const el = (tag, given = {}, ...inside) => {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(given)) {
    if (name.startsWith("on")) made.addEventListener(name.slice(2), value);
    else if (value === true) made.setAttribute(name, "");
    else if (value !== false && value !== null) made.setAttribute(name, value);
  }
  made.append(...inside.filter((one) => one !== null));
  return made;
};

const to = (...parts) => `#${parts.map(encodeURIComponent).join("/")}`;
const choice = (href, title, more) => el("li", {}, el("a", {class: "choice", href}, title, more ? el("span", {}, more) : null));
const facts = (...rows) => el("dl", {}, ...rows.flatMap(([name, value, kind]) =>
  [el("dt", {}, name), el("dd", kind ? {class: kind} : {}, value)]));

const show = (title, ...inside) => {
  main.replaceChildren(el("h1", {}, title), ...inside);
  document.title = `${title} · Camino Abierto`;
  main.focus({preventScroll: true});  // who reads with their ears hears of the step; the name of the site stays in sight
  scrollTo(0, 0);
};

const said = (error) => {
  if (error instanceof sendero.Unreached) return t.unreached;
  if (!(error instanceof sendero.Refused)) throw error;
  return error.retryAfter ? `${error.message} ${t.later.replace("{seconds}", error.retryAfter)}` : error.message;
};

const problem = (error, ...more) => el("div", {class: "problem", role: "alert"}, el("p", {}, said(error)), ...more);

// A form whose button waits for the answer; what is wrong stands at its field.
const form = (fields, button, send, links = () => []) => {
  const pressed = el("button", {type: "submit"}, button);
  const made = el("form", {novalidate: true}, ...fields, pressed);
  const clear = () => made.querySelectorAll(".problem, .wrong").forEach((one) => one.remove());
  made.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (pressed.disabled) return;
    clear();
    made.querySelectorAll("[aria-invalid]").forEach((one) => one.removeAttribute("aria-invalid"));
    pressed.disabled = true;
    pressed.textContent = t.waiting;
    try {
      await send(new FormData(made));
    } catch (error) {
      made.prepend(problem(error, ...links(error)));
      for (const one of error.errors || []) mark(made, one);
    } finally {
      pressed.disabled = false;
      pressed.textContent = button;
    }
  });
  return made;
};

const mark = (made, {field, message}) => {
  const input = made.elements.namedItem(field.split(".").pop());
  const where = input instanceof HTMLInputElement ? input : made.querySelector(`[name="${CSS.escape(field.split(".")[0])}"]`);
  if (!where) return;
  where.setAttribute("aria-invalid", "true");
  where.closest("p, fieldset").append(el("span", {class: "wrong"}, message));
};

const line = (name, label, given = {}, hint = null) => el("p", {},
  el("label", {for: name}, label, hint ? el("span", {class: "hint"}, ` (${hint})`) : null),
  el("input", {id: name, name, ...given}));

const box = (value, label) => el("label", {}, el("input", {type: "checkbox", name: "channels", value}), ` ${label}`);

// the steps

const start = async () => {
  const found = await sendero.pathways();
  show(t.what,
    el("ul", {}, ...found.map((one) => one.mode === "first_come" && !one.verify_contact
      ? choice(to("offices", one.id), one.name, one.description)
      : choice(`${sendero.api}/offices?pathway=${encodeURIComponent(one.id)}&lang=${language}`, one.name, t.elsewhere))),
    el("h2", {}, t.mine),
    form([line("reference", t.reference, {autocomplete: "off"}), line("code", t.code, {autocomplete: "off"})], t.see, async (given) => {
      await look({reference: given.get("reference").trim(), code: given.get("code").trim()});
    }));
};

const offices = async (pathway) => {
  const found = await sendero.offices(pathway);
  show(t.where, el("ul", {}, ...found.map((one) => one.intake.open
    ? choice(to("times", pathway, one.id), one.name, `${one.address}, ${one.city}`)
    : el("li", {}, el("strong", {}, one.name), ` ${one.intake.message || t.closed}`))));
};

const times = async (pathway, office) => {
  const days = new Map();
  for (const one of await sendero.times(office, pathway)) days.set(day(one), [...(days.get(day(one)) || []), one]);
  const zone = [...days.values()][0]?.[0].timezone;
  show(t.when, zone ? el("p", {class: "hint"}, `${t.localTime}: ${zone}`) : el("p", {}, t.noTimes),
    ...[...days].flatMap(([name, slots]) => [
      el("h2", {}, name),
      el("ul", {class: "times"}, ...slots.map((one) => choice(to("details", pathway, office, one.id), hour(one)))),
    ]));
};

const details = async (pathway, office, slot) => {
  const chosen = (await sendero.times(office, pathway)).find((one) => one.id === slot);
  if (!chosen) return show(t.when, el("p", {}, t.notThere), el("p", {}, el("a", {href: to("times", pathway, office)}, t.again)));
  const fields = [
    line("name", t.name, {autocomplete: "name"}),
    line("birth_date", t.birthDate, {type: "date", autocomplete: "bday"}),
    line("phone", t.phone, {type: "tel", autocomplete: "tel"}, t.optional),
    line("email", t.email, {type: "email", autocomplete: "email"}, t.optional),
    el("fieldset", {}, el("legend", {}, t.ways), box("sms", t.sms), box("email", t.email)),
  ];
  const again = (error) => error.status === 409 || error.status === 404 ? [el("p", {}, el("a", {href: to("times", pathway, office)}, t.again))] : [];
  show(t.who, el("p", {}, `${day(chosen)}, ${hour(chosen)} (${chosen.timezone})`), form(fields, t.book, async (given) => {
    const text = (name) => given.get(name).trim() || null;
    const booked = await sendero.book({
      slot, pathway, office, language, channels: given.getAll("channels"), companions: [],
      person: {name: text("name") || "", birth_date: text("birth_date") || "", phone: text("phone"), email: text("email")},
    });
    mine = {reference: booked.reference, code: booked.code};
    location.replace(to("booked"));
  }, again));
};

const booked = () => mine === null ? start() : show(t.booked,
  facts([t.reference, mine.reference, "secret"], [t.code, mine.code, "secret"]), el("p", {}, t.keep),
  form([], t.see, () => look(mine)));

const look = async (given) => {
  const one = await sendero.appointment(given);
  mine = given;
  const rows = [
    [t.reference, one.reference], [t.status, t.states[one.status] || one.status],
    [one.office.name, `${day(one)}, ${hour(one)} (${one.timezone})`], [t.bring, one.bring],
  ];
  const sure = form([], t.sure, async () => { await sendero.cancel(given); await look(given); });
  const ask = el("p", {}, el("button", {type: "button", onclick: () => ask.replaceWith(sure)}, t.cancel));
  show(t.yours, facts(...rows), one.cancel_until && one.status === "booked" ? ask : "");
};

const STEPS = {"": start, offices, times, details, booked};

const go = async () => {
  const [step, ...parts] = location.hash.slice(1).split("/").map(decodeURIComponent);
  document.querySelectorAll(".languages a").forEach((one) => { one.hash = location.hash; });
  try {
    await (Object.hasOwn(STEPS, step) ? STEPS[step] : start)(...parts);
  } catch (error) {
    show(t.notThere, problem(error));
  }
};

sendero.speak(language);
document.documentElement.lang = language;
document.getElementById("free").textContent = t.free;
document.querySelectorAll(".languages a").forEach((one) => { if (one.lang === language) one.setAttribute("aria-current", "true"); });
addEventListener("hashchange", go);
go();
