// Small manners of the pages. Everything works without them, a little less comfortably.
(() => {
  const say = (text) => {
    const region = document.getElementById("announcer");
    if (region) region.textContent = text;
  };

  // Copy buttons: data-copy holds the text, or data-copy-from the selector of its element.
  document.addEventListener("click", async (event) => {
    const button = event.target.closest("[data-copy],[data-copy-from]");
    if (!button) return;
    const from = button.dataset.copyFrom && document.querySelector(button.dataset.copyFrom);
    const text = from ? from.value || from.textContent : button.dataset.copy;
    await navigator.clipboard.writeText(text.trim());
    button.classList.add("text-success");
    say(button.dataset.copied || "");
    setTimeout(() => button.classList.remove("text-success"), 1500);
  });

  // A form that was sent is not sent again while the answer is on its way. The button that sent it
  // says so. An answer that is a file leaves the page where it is: then the form opens again.
  const FILE_MS = 4000;
  const buttonsOf = (form) => [...form.elements].filter((one) => one.type === "submit");
  const open = (form) => {
    delete form.dataset.sent;
    buttonsOf(form).forEach((button) => {
      button.classList.remove("btn-loading");
      button.removeAttribute("aria-disabled");
    });
  };
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.dataset.sent) { event.preventDefault(); return; }
    if (!form.hasAttribute("data-once")) return;
    form.dataset.sent = "yes";
    buttonsOf(form).forEach((button) => button.setAttribute("aria-disabled", "true"));
    event.submitter?.classList.add("btn-loading");
    if (form.hasAttribute("data-file")) setTimeout(open, FILE_MS, form);
  });
  window.addEventListener("pageshow", () => document.querySelectorAll("form[data-sent]").forEach(open));

  // Fields that are asked only when another one has a certain value.
  const arrange = () => {
    document.querySelectorAll("[data-when]").forEach((group) => {
      const asked = group.closest("form").elements[group.dataset.when];
      const value = asked && (asked.type === "checkbox" ? String(asked.checked) : asked.value);
      const shown = value === group.dataset.whenValue;
      group.hidden = !shown;
      group.querySelectorAll("input,select,textarea").forEach((field) => { field.disabled = !shown; });
    });
  };
  document.addEventListener("change", arrange);
  document.addEventListener("htmx:afterSettle", arrange);
  arrange();

  // Tabs that scroll sideways begin with the one where we are.
  document.querySelectorAll(".tabs-scroll .active,.account-menu .active").forEach((tab) => {
    const bar = tab.closest(".tabs-scroll,.account-menu");
    const [its, whole] = [tab.getBoundingClientRect(), bar.getBoundingClientRect()];
    bar.scrollLeft += its.left + its.width / 2 - whole.left - whole.width / 2;
  });

  // Counted lines: says how many lines a list has.
  document.addEventListener("input", (event) => {
    const area = event.target.closest("textarea[data-counts]");
    if (!area) return;
    const lines = area.value.split(/\r\n|\r|\n/).filter((line) => line.trim()).length;
    const output = document.getElementById(area.dataset.counts);
    if (output) output.textContent = String(lines);
  });

  // The form that a page is for has the keyboard: its first field, or the first that is wrong. Not
  // on a phone, where a keyboard would cover what is above it.
  const begin = document.querySelector("form[data-begin]");
  if (begin && window.matchMedia("(pointer: fine)").matches) {
    const wrong = begin.querySelector("[aria-invalid=true]");
    (wrong || begin.querySelector("input:not([type=hidden]),textarea,select"))?.focus();
  }

  // "/" goes to the search.
  document.addEventListener("keydown", (event) => {
    if (event.key !== "/" || event.target.closest("input,textarea,select,[contenteditable]")) return;
    const search = document.querySelector("input[type=search]");
    if (search) { event.preventDefault(); search.focus(); }
  });

  // Choosing in a select with data-submit sends its form.
  document.addEventListener("change", (event) => {
    if (event.target.matches("[data-submit]")) event.target.form.requestSubmit();
  });

  // One tick for all rows of a table that are shown.
  document.addEventListener("change", (event) => {
    if (!event.target.matches("[data-tick-all]")) return;
    const ticks = event.target.closest("table").querySelectorAll("tbody input[type=checkbox]");
    ticks.forEach((tick) => { tick.checked = event.target.checked; });
  });

  // A lost connection, or a failure of ours, is said, not hidden.
  const tell = (id, is) => {
    const said = document.getElementById(id);
    if (said) said.hidden = !is;
  };
  document.addEventListener("htmx:sendError", () => tell("lost", true));
  document.addEventListener("htmx:afterOnLoad", (event) => {
    tell("lost", false);
    tell("failed", event.detail.xhr.status >= 500);
  });
})();
