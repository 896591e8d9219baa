// Countries by their names in the reader's language: pages know their codes of two letters.
(() => {
  const language = document.documentElement.lang;
  const names = new Intl.DisplayNames([language], { type: "region", fallback: "code" });
  document.querySelectorAll("[data-country]").forEach((place) => {
    if (place.dataset.country) place.textContent = names.of(place.dataset.country);
  });
  document.querySelectorAll("select[data-countries]").forEach((select) => {
    const chosen = select.value;
    const [first, ...rest] = [...select.options];
    rest.forEach((option) => { option.textContent = names.of(option.value); });
    rest.sort((one, other) => one.textContent.localeCompare(other.textContent, language));
    select.replaceChildren(first, ...rest);
    select.value = chosen;
  });
})();
