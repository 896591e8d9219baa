// Lists: choosing rows to copy their ids, and where the keyboard is after a part was replaced.
(() => {
  const chosen = new Set();
  const boxes = () => [...document.querySelectorAll("input[data-order-id]")];

  const show = () => {
    boxes().forEach((box) => { box.checked = chosen.has(box.dataset.orderId); });
    document.querySelectorAll("[data-copy-ids]").forEach((button) => {
      const count = chosen.size || boxes().length;
      const output = button.querySelector("[data-count]");
      if (output) output.textContent = String(count);
      button.disabled = !count;
    });
  };

  document.addEventListener("change", (event) => {
    const id = event.target.dataset.orderId;
    if (!id) return;
    if (event.target.checked) chosen.add(id); else chosen.delete(id);
    show();
  });

  // The chosen ids, or those of all rows that are shown: as the API takes them.
  document.addEventListener("click", async (event) => {
    const button = event.target.closest("[data-copy-ids]");
    if (!button) return;
    const ids = chosen.size ? [...chosen] : boxes().map((box) => box.dataset.orderId);
    await navigator.clipboard.writeText(ids.join(","));
    button.classList.add("text-success");
    const region = document.getElementById("announcer");
    if (region) region.textContent = button.dataset.copied || "";
    setTimeout(() => button.classList.remove("text-success"), 1500);
  });

  // Lists of the staff: the numbers of the ticked rows, or of all that are shown, ours or theirs.
  document.addEventListener("click", async (event) => {
    const button = event.target.closest("[data-copy-column]");
    if (!button) return;
    const ticks = [...document.querySelectorAll("tbody input[name=ids]")];
    const ticked = ticks.filter((tick) => tick.checked);
    const numberOf = (tick) => (button.dataset.copyColumn === "there" ? tick.dataset.there : tick.value);
    const numbers = (ticked.length ? ticked : ticks).map(numberOf).filter(Boolean);
    await navigator.clipboard.writeText(numbers.join(","));
    button.classList.add("text-success");
    const region = document.getElementById("announcer");
    if (region) region.textContent = button.dataset.copied || "";
    setTimeout(() => button.classList.remove("text-success"), 1500);
  });

  // "Show more" vanishes with its list part: go on with the first thing that came instead of it.
  let vanishing = null;
  document.addEventListener("htmx:beforeSwap", (event) => {
    const from = event.detail.target;
    const here = document.activeElement;
    vanishing = from && from.id === "more" && from.contains(here) ? from.previousElementSibling : null;
  });
  document.addEventListener("htmx:afterSettle", () => {
    show();
    if (!vanishing) return;
    const next = vanishing.nextElementSibling;
    const links = next ? [next, ...next.querySelectorAll("a,button")] : [];
    const first = links.find((link) => link.matches("a[href],button"));
    if (first) first.focus({ preventScroll: true });
    vanishing = null;
  });

  show();
})();
