// Rows are dragged by their handle within one category. Every row has buttons that do the same.
(() => {
  let dragged = null;
  const rowOf = (event) => event.target.closest && event.target.closest("tr[data-place]");
  const fits = (row) => dragged && row && row !== dragged && row.dataset.group === dragged.dataset.group;
  const unmark = () => document.querySelectorAll(".drop-here").forEach((row) => row.classList.remove("drop-here"));

  document.addEventListener("dragstart", (event) => {
    if (!event.target.matches("[data-handle]")) return;
    dragged = rowOf(event);
    event.dataTransfer.effectAllowed = "move";
    event.dataTransfer.setData("text/plain", dragged.dataset.place);
  });
  document.addEventListener("dragover", (event) => {
    const row = rowOf(event);
    if (!fits(row)) return;
    event.preventDefault();
    unmark();
    row.classList.add("drop-here");
  });
  document.addEventListener("dragend", () => { dragged = null; unmark(); });
  document.addEventListener("drop", (event) => {
    const row = rowOf(event);
    if (!fits(row)) return;
    event.preventDefault();
    const form = document.getElementById("move");
    form.action = dragged.dataset.move;
    form.querySelector("input[name=before]").value = row.dataset.place;
    form.requestSubmit();
  });
})();
