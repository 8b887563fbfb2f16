// Draws questions and sends what a learner does with them. It judges nothing and knows no key.
// Each focusable element carries data-lm-suppress-shortcuts: without it JupyterLab takes a "b" typed here for
// "insert a cell".
let views = 0;

const WORDS = {
  wrong: ["✗", "Not so"], partly: ["◐", "Partly"], right: ["✓", "Right"],
  recorded: ["•", "Recorded"], failed: ["✗", "No result"],
};

function element(tag, attributes = {}, html = "") {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  node.innerHTML = html;
  return node;
}

function control(tag, attributes = {}, html = "") {
  return element(tag, { "data-lm-suppress-shortcuts": "true", ...attributes }, html);
}

/** One question: its options, its buttons, its one live status line. */
class Question {
  constructor(model, item, id) {
    this.model = model;
    this.item = item;
    this.id = id;
    this.timers = [];
    this.root = element("fieldset", { class: "atr-item", "aria-describedby": `${id}-status` });
    this.badge = element("p", { class: "atr-badge" });
    this.options = element("div", { class: "atr-options" });
    this.hints = element("ol", { class: "atr-hints" });
    this.buttons = element("div", { class: "atr-buttons" });
    this.status = element("div", { id: `${id}-status`, role: "status", "aria-live": "polite", "aria-atomic": "true" });
    this.picture = element("div", { class: "atr-picture" });
    this.root.append(
      element("legend", {}, item.prompt), this.badge, this.options, this.hints, this.buttons, this.status, this.picture,
    );
    this.inputs = item.kind === "number" ? [this.addNumber()] : item.choices.map((choice, n) => this.addChoice(choice, n));
    this.root.addEventListener("keydown", (event) => this.onKey(event));
    this.show(model.get("states")[item.identifier]);
  }

  addNumber() {
    const input = control("input", { type: "text", inputmode: "decimal", id: `${this.id}-number`, autocomplete: "off" });
    this.options.append(
      element("label", { for: input.id }, "Your number"), input, element("span", { class: "atr-unit" }, this.item.unit),
    );
    return input;
  }

  addChoice(choice, number) {
    const feedback = element("div", { id: `${this.id}-${choice.identifier}`, class: "atr-feedback" });
    const input = control("input", {
      type: this.item.multiple ? "checkbox" : "radio", name: this.id, value: choice.identifier,
      "aria-describedby": feedback.id,
    });
    const label = element("label");
    const mark = element("span", { class: "atr-mark", "aria-hidden": "true" });
    label.append(input, element("span", {}, `${"ABCDEFGH"[number]}. ${choice.content}`), mark);
    const option = element("div", { class: "atr-option" });
    option.append(label, feedback);
    this.options.append(option);
    input.option = option;
    input.mark = mark;
    input.feedback = feedback;
    return input;
  }

  answer() {
    if (this.item.kind === "number") return [this.inputs[0].value];
    return this.inputs.filter((input) => input.checked).map((input) => input.value);
  }

  send(type) {
    this.model.send({ type, item: this.item.identifier, answer: this.answer() });
    this.settle();
    this.timers = [
      setTimeout(() => this.say("Waiting for the kernel: another cell is running."), 400),
      setTimeout(() => this.say("No answer from the kernel. Restart it and run this cell."), 10000),
    ];
  }

  settle() {
    this.timers.forEach(clearTimeout);
    this.timers = [];
  }

  say(text) {
    this.status.textContent = text;
  }

  onKey(event) {
    if (event.key === "Enter" && event.target.tagName === "INPUT") {
      event.preventDefault(); // JupyterLab would start to edit the cell
      event.stopPropagation();
      this.buttons.querySelector("button")?.click();
    } else if (event.key === "Escape") {
      event.target.blur();
      this.root.closest(".jp-Notebook")?.focus();
    }
  }

  /** Which buttons a state offers, the first being what Enter does. */
  actions(state) {
    const { kind, hints } = this.item;
    if (kind === "predict") {
      if (state.status === "unanswered") return [["answer", "Commit and run"], ["skip", "Run without predicting"]];
      if (state.status === "observing") return [["observe", "That is what I see"], ["explain", "Just tell me"]];
      if (state.status === "explained") return [["again", "Run again"], ["restart", "Start over"]];
      return state.status === "failed" ? [["again", "Run again"], ["restart", "Start over"]] : [];
    }
    if (state.final) return [["restart", "Start over"]];
    const offered = [["answer", "Check"]];
    if (state.hints.length < hints) offered.push(["hint", `Hint ${state.hints.length + 1} of ${hints}`]);
    if (state.tries >= 2) offered.push(["show", "Show the answer"]);
    return offered;
  }

  show(state) {
    this.settle();
    const asking = !state.final || state.status === "observing";
    this.root.dataset.status = state.status;
    this.badge.textContent = state.badge;
    this.hints.replaceChildren(...state.hints.map((hint) => element("li", {}, hint)));
    this.showAnswer(state, asking);
    this.showButtons(this.actions(state));
    const [sign, word] = WORDS[state.status] ?? ["", ""];
    this.say(`${sign} ${word && !state.message.startsWith(word) ? `${word}. ` : ""}${state.message}`.trim());
    const drawn = state.picture + (state.remark ? `<p class="atr-remark">${state.remark}</p>` : "");
    if (drawn !== this.drawn) this.picture.innerHTML = this.drawn = drawn;
  }

  showAnswer(state, asking) {
    const afresh = state.status !== this.shownStatus && (state.status === "observing" || state.status === "unanswered");
    for (const input of this.inputs) {
      input.disabled = !asking;
      if (this.item.kind === "number") {
        if (this.shownStatus === undefined || afresh) input.value = state.chosen[0] ?? "";
        continue;
      }
      const chosen = state.chosen.includes(input.value);
      if (state.status === "observing" && afresh) input.checked = false;
      else if (state.status !== "observing" && (this.shownStatus === undefined || afresh || state.final)) input.checked = chosen;
      this.showFeedback(input, state, chosen);
    }
    this.shownStatus = state.status;
  }

  showFeedback(input, state, chosen) {
    const text = state.feedback[input.value];
    const right = state.right.includes(input.value);
    const told = text !== undefined;
    input.option.dataset.verdict = !told ? "" : right ? "right" : state.right.length || chosen ? "wrong" : "";
    input.mark.textContent = !told ? "" : right ? "✓ this one" : chosen ? "✗ your answer" : "";
    if (!told) input.feedback.replaceChildren();
    else if (chosen || right) input.feedback.innerHTML = text;
    else {
      const details = element("details");
      details.append(control("summary", {}, "Why not?"), element("div", {}, text));
      input.feedback.replaceChildren(details);
    }
  }

  /** Keeps the button nodes that stay, so that focus stays where it was. */
  showButtons(actions) {
    const focused = this.buttons.contains(document.activeElement);
    actions.forEach(([type, words], n) => {
      const button = this.buttons.children[n] ?? this.buttons.appendChild(control("button", { type: "button" }));
      button.textContent = words;
      button.onclick = () => this.send(type);
    });
    while (this.buttons.children.length > actions.length) this.buttons.lastChild.remove();
    if (focused && !this.buttons.contains(document.activeElement)) this.root.querySelector("button")?.focus();
  }
}

function render({ model, el }) {
  const view = ++views;
  const notice = element("p", { class: "atr-notice", role: "status" });
  const questions = model.get("items").map((item) => new Question(model, item, `atr-${view}-${item.identifier}`));
  const root = element("div", { class: "atr-quiz" });
  root.append(...questions.map((question) => question.root), notice);
  el.append(root);

  const showNotice = () => (notice.textContent = model.get("notice"));
  const showStates = () => {
    const states = model.get("states");
    for (const question of questions) question.show(states[question.item.identifier]);
  };
  const onMessage = (message) => {
    for (const question of questions) if (message.item === question.item.identifier) question.settle();
  };
  showNotice();
  model.on("change:notice", showNotice);
  model.on("change:states", showStates);
  model.on("msg:custom", onMessage);
  return () => {
    questions.forEach((question) => question.settle());
    model.off("change:notice", showNotice);
    model.off("change:states", showStates);
    model.off("msg:custom", onMessage);
  };
}

export default { render };
