// Goes on to the page where the customer pays. Without scripts, its button does.
(() => {
  const link = document.getElementById("leave");
  if (link) window.location.assign(link.href);
})();
