// Before the first paint: the theme chosen here, else the one of the device.
(() => {
  const root = document.documentElement;
  const device = window.matchMedia("(prefers-color-scheme: dark)");
  const KEY = "weir-theme"; // the engine room keeps a "theme" of its own
  const chosen = () => {
    try { return localStorage.getItem(KEY); } catch { return null; }
  };
  const show = () => root.setAttribute("data-bs-theme", chosen() || (device.matches ? "dark" : "light"));
  show();
  device.addEventListener("change", show);
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-theme-to]");
    if (!button) return;
    try { localStorage.setItem(KEY, button.dataset.themeTo); } catch { /* only for this page */ }
    root.setAttribute("data-bs-theme", button.dataset.themeTo);
  });
})();
