// Draws each canvas[data-chart] from the JSON script element that it names. Colours follow the theme.
(() => {
  const drawn = [];
  // A variable may be a formula: an element that wears it says what it comes to.
  const colour = (name) => {
    const probe = document.createElement("span");
    probe.style.color = `var(${name})`;
    document.body.append(probe);
    const found = getComputedStyle(probe).color;
    probe.remove();
    return found;
  };
  // The page's language, with the digits that its tables have.
  const written = (value, currency) => {
    const locale = `${document.documentElement.lang}-u-nu-latn`;
    if (!/^[A-Z]{3}$/.test(currency)) return `${new Intl.NumberFormat(locale).format(value)} ${currency}`.trim();
    const way = { style: "currency", currency, currencyDisplay: "narrowSymbol", minimumFractionDigits: 0 };
    return `\u2066${new Intl.NumberFormat(locale, way).format(value)}\u2069`; // one piece, in either direction
  };
  // The axis of the values has the money, the other one the names.
  const options = (currency, axis) => ({
    indexAxis: axis,
    responsive: true,
    maintainAspectRatio: false,
    animation: false,
    interaction: { mode: "index", intersect: false, axis },
    plugins: { legend: { labels: { color: colour("--tblr-secondary-color"), boxWidth: 12 } } },
    scales: {
      [axis]: { ticks: { color: colour("--tblr-secondary-color"), maxRotation: 0, autoSkip: axis === "x", autoSkipPadding: 12 }, grid: { display: false } },
      [axis === "x" ? "y" : "x"]: {
        beginAtZero: true,
        ticks: { color: colour("--tblr-secondary-color"), maxTicksLimit: 6, callback: (value) => written(value, currency) },
        grid: { color: colour("--tblr-border-color") },
      },
    },
  });
  const draw = (canvas) => {
    const data = JSON.parse(document.getElementById(canvas.dataset.chart).textContent);
    const datasets = data.lines.map((line) => ({
      label: line.label,
      data: line.values,
      borderColor: colour(line.colour),
      backgroundColor: colour(line.colour),
      borderWidth: 2,
      borderRadius: 3,
      pointRadius: 0,
      pointHitRadius: 12,
      cubicInterpolationMode: "monotone", // never beyond what was: no money below zero between two days
    }));
    drawn.push(new Chart(canvas, { type: data.type, data: { labels: data.labels, datasets }, options: options(data.currency, data.axis || "x") }));
  };
  const drawAll = () => {
    drawn.splice(0).forEach((chart) => chart.destroy());
    document.querySelectorAll("canvas[data-chart]").forEach(draw);
  };
  document.addEventListener("DOMContentLoaded", drawAll);
  new MutationObserver(drawAll).observe(document.documentElement, { attributeFilter: ["data-bs-theme"] });
})();
