// Shows every <time data-moment> as time gone by ("12s ago"); the exact one stays as its title.

const REFRESH_MS = 10_000;
const UNITS = [
  ["year", 31_536_000],
  ["month", 2_592_000],
  ["day", 86_400],
  ["hour", 3_600],
  ["minute", 60],
  ["second", 1],
];
const words = new Intl.RelativeTimeFormat("en", { numeric: "always", style: "narrow" });

function relative(at, now) {
  const seconds = (at - now) / 1000;
  if (Math.abs(seconds) < 1) return "now";
  const [unit, size] = UNITS.find(([, size]) => Math.abs(seconds) >= size);
  return words.format(Math.trunc(seconds / size), unit);
}

function refresh() {
  const now = Date.now();
  for (const moment of document.querySelectorAll("time[data-moment]")) {
    moment.textContent = relative(Date.parse(moment.dateTime), now);
  }
}

refresh();
setInterval(refresh, REFRESH_MS);
document.addEventListener("htmx:load", refresh);
