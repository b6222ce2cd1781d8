// The Alpine components of all pages. The strict policy forbids expressions that need eval, so
// templates name a component's properties and methods and nothing more.

const COPIED_MS = 1_600;
const LIVE_ROWS_MAX = 500;

/** Light, dark or as the system; `theme.js` keeps the choice. */
function themeSwitch() {
  return {
    theme: window.beckonTheme.chosen(),
    choose() {
      this.theme = this.$el.dataset.theme;
      window.beckonTheme.choose(this.theme);
    },
    isChosen() {
      return String(this.theme === this.$el.dataset.theme);
    },
  };
}

/** Copies `data-text`, or else the text of the code beside the button. */
function copyButton() {
  return {
    isCopied: false,
    async copy() {
      const button = this.$root;
      const code = button.parentElement.querySelector("code");
      await copyText(button.dataset.text ?? code.textContent);
      this.isCopied = true;
      setTimeout(() => (this.isCopied = false), COPIED_MS);
    },
    isNotCopied() {
      return !this.isCopied;
    },
    label() {
      return this.isCopied ? "Copied" : "Copy";
    },
  };
}

async function copyText(text) {
  if (navigator.clipboard) return navigator.clipboard.writeText(text);
  // Plain http on a private network has no clipboard object; a selection still copies.
  const area = document.createElement("textarea");
  area.value = text;
  document.body.append(area);
  area.select();
  document.execCommand("copy");
  area.remove();
}

const JSON_TOKEN =
  /("(?:[^"\\]|\\.)*")(\s*:)?|\b(true|false|null)\b|(-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)/g;

/** Colours printed JSON; the text itself is not touched. */
function jsonView() {
  return {
    init() {
      const text = this.$el.textContent;
      const parts = [];
      let end = 0;
      for (const match of text.matchAll(JSON_TOKEN)) {
        parts.push(text.slice(end, match.index), coloured(match));
        end = match.index + match[0].length;
      }
      this.$el.replaceChildren(...parts, text.slice(end));
    },
  };
}

function coloured([whole, string, colon, word]) {
  const span = document.createElement("span");
  span.className = colon ? "json-key" : string ? "json-string" : word ? "json-word" : "json-number";
  span.textContent = whole;
  return span;
}

/** A password that can be looked at while it is typed. */
function passwordField() {
  return {
    isShown: false,
    toggle() {
      this.isShown = !this.isShown;
    },
    type() {
      return this.isShown ? "text" : "password";
    },
    label() {
      return this.isShown ? "Hide" : "Show";
    },
  };
}

/** The vocabulary in which examples are told; remembered, so that one asks only once. */
function vocabulary() {
  return {
    chosen: window.beckonMemory.recall("vocabulary") ?? "retenshun",
    init() {
      this.$watch("chosen", (words) => window.beckonMemory.keep("vocabulary", words));
    },
    isRetenshun() {
      return this.chosen === "retenshun";
    },
    isReteno() {
      return this.chosen === "reteno";
    },
  };
}

/** Holds back the polling of its element while paused, hidden, or once the page is long enough. */
function liveTail() {
  return {
    isPaused: false,
    isFull: false,
    toggle() {
      this.isPaused = !this.isPaused;
    },
    hold(event) {
      const isPoll = event.target.hasAttribute("data-poll");
      if (isPoll && (this.isPaused || this.isFull || document.hidden)) event.preventDefault();
    },
    count() {
      this.isFull = this.$root.querySelectorAll(".event").length >= LIVE_ROWS_MAX;
    },
    label() {
      return this.isPaused ? "Resume" : "Pause";
    },
    state() {
      if (this.isFull) return "Stopped: this page is long enough. Reload to go on.";
      return this.isPaused ? "Paused" : "Live";
    },
    isLive() {
      return !this.isPaused && !this.isFull;
    },
    tone() {
      return this.isLive() ? "is-live" : "";
    },
    isNotFull() {
      return !this.isFull;
    },
  };
}

/** Chooses the browser's own time zone, unless the form comes back with an answer. */
function timeZone() {
  return {
    init() {
      if (this.$el.dataset.chosen) return;
      const own = Intl.DateTimeFormat().resolvedOptions().timeZone;
      if ([...this.$el.options].some((option) => option.value === own)) this.$el.value = own;
    },
  };
}

/** Sums the shares of a campaign's texts while they are typed. */
function shares() {
  return {
    sum: 0,
    init() {
      this.reckon();
    },
    reckon() {
      const fields = this.$root.querySelectorAll('[name="share"]');
      this.sum = [...fields].reduce((sum, field) => sum + (Number(field.value) || 0), 0);
    },
    told() {
      return this.sum === 100 ? "= 100 %" : `= ${this.sum} %, not 100`;
    },
    tone() {
      return this.sum === 100 ? "" : "is-off";
    },
  };
}

/** People ticked in a list: what acts on them sends their numbers. */
function ticking() {
  return {
    ids: "",
    count: 0,
    isReady: true,
    init() {
      this.reckon();
    },
    boxes() {
      return [...this.$root.querySelectorAll("[data-who]")];
    },
    reckon() {
      const boxes = this.boxes();
      const ticked = boxes.filter((box) => box.checked).map((box) => box.dataset.who);
      this.ids = ticked.join(" ");
      this.count = ticked.length;
      this.$refs.all.checked = ticked.length === boxes.length;
      this.$refs.all.indeterminate = this.isAny() && ticked.length < boxes.length;
    },
    tickAll() {
      for (const box of this.boxes()) box.checked = this.$el.checked;
      this.reckon();
    },
    isAny() {
      return this.count > 0;
    },
    said() {
      return this.count === 1 ? "1 person" : `${this.count} people`;
    },
  };
}

// The menu is longer than a low window; where one is should be seen in it.
document.querySelector(".side-link[aria-current]")?.scrollIntoView({ block: "nearest" });

document.addEventListener("alpine:init", () => {
  const components = [
    themeSwitch,
    copyButton,
    jsonView,
    passwordField,
    vocabulary,
    liveTail,
    timeZone,
    shares,
    ticking,
  ];
  for (const component of components) window.Alpine.data(component.name, component);
});
