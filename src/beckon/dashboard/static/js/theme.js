// Puts the chosen colours on the document before its first paint; so a classic script in the head.

(() => {
  const dark = matchMedia("(prefers-color-scheme: dark)");

  // What a person chose for this browser. Where storage is switched off nothing is remembered,
  // and the choice lasts as long as the page.
  const memory = {
    recall(name) {
      try {
        return localStorage.getItem(`beckon-${name}`);
      } catch {
        return null;
      }
    },
    keep(name, value) {
      try {
        localStorage.setItem(`beckon-${name}`, value);
      } catch {
        return;
      }
    },
  };

  const chosen = () => memory.recall("theme") ?? "auto";

  function show(theme) {
    const isDark = theme === "dark" || (theme === "auto" && dark.matches);
    const root = document.documentElement;
    root.dataset.bsTheme = isDark ? "dark" : "light";
    root.classList.toggle("dark-mode", isDark); // the word Swagger UI listens to
  }

  function choose(theme) {
    memory.keep("theme", theme);
    show(theme);
  }

  dark.addEventListener("change", () => show(chosen()));
  show(chosen());
  window.beckonMemory = memory;
  window.beckonTheme = { chosen, choose };
})();
