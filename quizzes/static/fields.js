// The fields in which an item is answered, one function for each control. All give `elements` for the page, `rows`
// with a place for the reason of each part, and `read`, `write` and `lock`. They judge nothing and know no key.

const FOCUSABLE = new Set(["A", "BUTTON", "INPUT", "SELECT", "SUMMARY", "TEXTAREA"]);

function node(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  if (FOCUSABLE.has(made.tagName) || "tabindex" in attributes) made.setAttribute("data-lm-suppress-shortcuts", "true");
  made.append(...children);
  return made;
}

function setHtml(made, content) {
  made.innerHTML = content; // rendered and cleaned in Python
  for (const inside of made.querySelectorAll("a, summary")) inside.setAttribute("data-lm-suppress-shortcuts", "true");
}

function html(tag, attributes, content) {
  const made = node(tag, attributes);
  setHtml(made, content);
  return made;
}

/** A part of an item with the place below it where its reason will stand. */
function row(identifier, id, controls, ...children) {
  const reason = node("div", { class: "reason", id: `${id}-why` });
  return { identifier, controls, reason, shown: "", element: node("div", { class: "option" }, ...children, reason) };
}

function lockInputs(inputs, locked) {
  for (const input of inputs) {
    input.setAttribute("aria-disabled", String(locked));
    input.readOnly = locked;
  }
}

// Copied for each option, which is faster than made for each.
const OPTION = row("", "", [], node("label", {}, node("input"), node("span"))).element;
const LINE = row("", "", [], node("label", {}, node("input"), node("code"))).element;

/** Radio buttons or checkboxes, beside texts or beside the lines of a program. */
function choosing(item, id, changed) {
  const rows = [];
  const elements = (item.lines ?? item.choices).map(({ identifier, content }, place) => {
    if (!identifier) return node("div", { class: "option line" }, node("code", {}, content || " "));
    const element = (item.lines ? LINE : OPTION).cloneNode(true);
    const [label, reason] = element.children;
    const [input, words] = label.children;
    Object.assign(input, { type: item.control, name: id, value: identifier, id: `${id}-${place}`, onchange: changed });
    label.htmlFor = input.id;
    reason.id = `${input.id}-why`;
    if (item.lines) words.textContent = content;
    else setHtml(words, content);
    rows.push({ identifier, controls: [input], reason, shown: "", element });
    return element;
  });
  const inputs = rows.map((each) => each.controls[0]);
  return {
    rows,
    elements: item.lines ? [node("div", { class: "program" }, ...elements)] : elements,
    read: () => inputs.filter((input) => input.checked).map((input) => input.value),
    write: (answer) => inputs.forEach((input) => (input.checked = (answer ?? []).includes(input.value))),
    lock: (locked) => lockInputs(inputs, locked),
  };
}

/** One field for a number, a few words or a few sentences. */
function typing(item, id, changed) {
  const tag = item.control === "area" ? "textarea" : "input";
  const input = node(tag, { id: `${id}-0`, autocomplete: "off", spellcheck: String(tag === "textarea") });
  if (tag === "textarea") input.rows = 4;
  else Object.assign(input, { type: "text", size: item.control === "number" ? 8 : 32 });
  if (item.control === "number") input.inputMode = "decimal";
  input.addEventListener("input", changed);
  const label = node("label", { for: input.id }, node("span", {}, "Your answer"), input);
  if (item.unit) label.append(node("span", { class: "unit" }, item.unit));
  const only = row("", input.id, [input], label);
  only.element.classList.add("typing");
  return {
    rows: [only],
    elements: [only.element],
    read: () => input.value,
    write: (answer) => (input.value = typeof answer === "string" ? answer : ""),
    lock: (locked) => lockInputs([input], locked),
  };
}

/** A list of targets to choose from. */
function targetList(item, id, changed) {
  const targets = item.targets.map((target) => node("option", { value: target.identifier }, target.content));
  const select = node("select", { id }, node("option", { value: "" }, "choose…"), ...targets);
  select.addEventListener("change", changed);
  return select;
}

/** What is chosen in these lists, which have the identifiers of their parts as keys. */
function chosenIn(lists) {
  const chosen = () => [...lists].filter(([, select]) => select.value);
  return {
    read: () => Object.fromEntries(chosen().map(([identifier, select]) => [identifier, select.value])),
    write: (answer) => lists.forEach((select, identifier) => (select.value = answer?.[identifier] ?? "")),
    lock: (locked) => lists.forEach((select) => select.setAttribute("aria-disabled", String(locked))),
  };
}

/** For each part a list of targets to choose from. */
function matching(item, id, changed) {
  const rows = item.choices.map(({ identifier, content }, place) => {
    const select = targetList(item, `${id}-${place}`, changed);
    const label = node("label", { for: select.id }, html("span", {}, content), select);
    const made = row(identifier, select.id, [select], label);
    made.element.classList.add("matching");
    return made;
  });
  const lists = new Map(rows.map((each) => [each.identifier, each.controls[0]]));
  return { rows, elements: rows.map((each) => each.element), ...chosenIn(lists) };
}

/** A table with a list of targets to choose from in each cell that is asked. */
function tabling(item, id, changed) {
  const lists = new Map();
  const heads = item.columns.map((content, place) => html("th", { scope: "col", id: `${id}-column-${place}` }, content));
  const rows = item.rows.map(({ content, cells }, number) => {
    const head = html("th", { scope: "row", id: `${id}-row-${number}` }, content);
    const places = cells.map((identifier, place) => {
      if (!identifier) return node("td", { class: "note" }, "not asked");
      const select = targetList(item, `${id}-${lists.size}`, changed);
      select.setAttribute("aria-labelledby", `${head.id} ${heads[place].id}`);
      lists.set(identifier, select);
      return node("td", {}, select);
    });
    return node("tr", {}, head, ...places);
  });
  const thead = node("thead", {}, node("tr", {}, node("td"), ...heads));
  const table = node("table", {}, thead, node("tbody", {}, ...rows));
  return { rows: [], elements: [node("div", { class: "table" }, table)], ...chosenIn(lists) };
}

/** Nothing to answer: only the places for the reasons, each after its title. */
function reasons(item, id) {
  const rows = item.choices.map(({ identifier, content }, place) => {
    const made = row(identifier, `${id}-${place}`, []);
    made.element.classList.add("titled");
    return { ...made, title: html("span", {}, content) };
  });
  return { rows, elements: rows.map((each) => each.element), read: () => null, write: () => {}, lock: () => {} };
}

const DEEPEST = 4;

/** A list whose blocks are moved: the listbox with a toolbar that the ARIA practices describe. Dragging is an addition.
 *
 * The list keeps the focus, and its blocks never have it, so they may change their places in the page.
 */
function ordering(item, id, changed, announce) {
  const start = item.choices.map(({ identifier }) => ({ identifier, indent: 0, out: false }));
  let places = start.map((place) => ({ ...place }));
  let chosen = places[0];
  let touched = false;
  let locked = false;
  const list = node("ul", { role: "listbox", tabindex: "0", id, class: "blocks", "aria-label": "The order so far" });
  const blocks = new Map();
  item.choices.forEach(({ identifier, content }, place) => {
    const words = item.program ? node("code", {}, content) : html("span", {}, content);
    const block = node("li", { role: "option", id: `${id}-${place}`, draggable: "true" }, words);
    block.addEventListener("click", () => choose(find(identifier)));
    block.addEventListener("dragstart", () => choose(find(identifier)));
    block.addEventListener("dragover", (event) => {
      event.preventDefault();
      if (chosen.identifier !== identifier) move(places.indexOf(find(identifier)) - places.indexOf(chosen));
    });
    blocks.set(identifier, block);
  });
  const find = (identifier) => places.find((place) => place.identifier === identifier);
  const said = (place) => blocks.get(place.identifier).textContent;

  function show() {
    list.replaceChildren(...places.map((place) => blocks.get(place.identifier)));
    for (const place of places) {
      const block = blocks.get(place.identifier);
      block.setAttribute("aria-selected", String(place === chosen));
      block.style.setProperty("--indent", place.indent);
      block.dataset.out = String(place.out);
      block.setAttribute("aria-description", place.out ? "left out" : item.program ? `indented ${place.indent}` : "");
    }
    reasons.append(...places.map((place) => reasonOf.get(place.identifier).element));
    list.setAttribute("aria-activedescendant", blocks.get(chosen.identifier).id);
  }
  function choose(place) {
    chosen = place;
    show();
  }
  function did(what) {
    touched = true;
    show();
    changed();
    announce(`${said(chosen)}: ${what}.`);
  }
  function move(by) {
    const from = places.indexOf(chosen);
    const to = Math.min(Math.max(from + by, 0), places.length - 1);
    if (locked) return;
    places.splice(to, 0, ...places.splice(from, 1));
    did(`place ${to + 1} of ${places.length}`);
  }
  function indent(by) {
    if (locked || !item.program) return;
    chosen.indent = Math.min(Math.max(chosen.indent + by, 0), DEEPEST);
    did(`indented ${chosen.indent}`);
  }
  function leaveOut() {
    if (locked || !item.program) return;
    chosen.out = !chosen.out;
    did(chosen.out ? "left out" : "taken in");
  }
  const tools = { "Move up": () => move(-1), "Move down": () => move(1) };
  if (item.program) Object.assign(tools, { Indent: () => indent(1), Outdent: () => indent(-1), "Leave out": leaveOut });
  const buttons = Object.entries(tools).map(([label, act]) => {
    const button = node("button", { type: "button", class: "tool" }, label);
    button.addEventListener("click", act);
    return button;
  });
  const label = "Move the chosen line (Alt and the arrow keys do it, too)";
  const toolbar = node("div", { role: "toolbar", class: "tools", "aria-label": label, "aria-controls": id }, ...buttons);
  const keys = {
    ArrowUp: () => choose(places[Math.max(places.indexOf(chosen) - 1, 0)]),
    ArrowDown: () => choose(places[Math.min(places.indexOf(chosen) + 1, places.length - 1)]),
    "Alt ArrowUp": () => move(-1),
    "Alt ArrowDown": () => move(1),
    "Alt ArrowLeft": () => indent(-1),
    "Alt ArrowRight": () => indent(1),
    Delete: leaveOut,
  };
  list.addEventListener("keydown", (event) => {
    const act = keys[(event.altKey ? "Alt " : "") + event.key];
    if (!act) return;
    event.preventDefault();
    act();
  });
  const rows = item.choices.map(({ identifier, content }, place) => {
    const title = item.program ? node("code", {}, content) : html("span", {}, content);
    return { ...row(identifier, `${id}-${place}`, [blocks.get(identifier)]), title };
  });
  const whole = row("", `${id}-all`, [list]);
  const reasonOf = new Map(rows.map((each) => [each.identifier, each]));
  const reasons = node("div");
  show();
  return {
    rows: [...rows, whole],
    elements: [list, toolbar, reasons, whole.element],
    read: () =>
      touched ? places.filter((place) => !place.out).map((p) => (item.program ? [p.identifier, p.indent] : p.identifier)) : null,
    write: (answer) => {
      touched = Boolean(answer?.length);
      const given = (answer ?? []).map((place) => (Array.isArray(place) ? place : [place, 0]));
      const taken = given.map(([identifier, indent]) => ({ identifier, indent, out: false }));
      const names = new Set(given.map(([identifier]) => identifier));
      places = [...taken, ...start.filter((p) => !names.has(p.identifier)).map((p) => ({ ...p, out: touched }))];
      choose(find(chosen.identifier));
    },
    lock: (value) => {
      locked = value;
      list.setAttribute("aria-disabled", String(value));
      for (const button of buttons) button.setAttribute("aria-disabled", String(value));
    },
  };
}

const CONTROLS = {
  radio: choosing, checkbox: choosing, number: typing, text: typing, area: typing, match: matching, order: ordering,
  table: tabling, reasons,
};
