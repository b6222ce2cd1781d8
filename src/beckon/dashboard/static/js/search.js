// The search of every page: opens by Ctrl-K, ⌘K or a slash, is walked through by the arrows.

function isTyping(target) {
  return target.isContentEditable || /^(input|textarea|select)$/i.test(target.tagName);
}

function searchDialog() {
  return {
    init() {
      document.addEventListener("keydown", (event) => {
        const isCalled = (event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k";
        const isSlash = event.key === "/" && !isTyping(event.composedPath()[0]);
        if (!isCalled && !isSlash) return;
        event.preventDefault();
        this.open();
      });
    },
    open() {
      const dialog = this.$refs.dialog;
      if (!dialog.open) dialog.showModal();
      this.$refs.asked.select();
      this.$refs.asked.dispatchEvent(new Event("input", { bubbles: true }));
    },
    // A click on the dialog itself is one beside its content.
    close(event) {
      if (event.target === this.$refs.dialog) this.$refs.dialog.close();
    },
    walk(event) {
      const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
      if (!step) return;
      const hits = [...this.$refs.dialog.querySelectorAll(".hit")];
      if (!hits.length) return;
      event.preventDefault();
      const place = hits.indexOf(document.activeElement) + step;
      if (place < 0) this.$refs.asked.focus();
      else hits[Math.min(place, hits.length - 1)].focus();
    },
    // Enter takes the first hit, once the list is that of the words typed.
    go(event) {
      const hit = this.$refs.dialog.querySelector(".hit");
      if (!hit || this.$refs.dialog.querySelector(".htmx-request")) return;
      event.preventDefault();
      hit.click();
    },
  };
}

document.addEventListener("alpine:init", () => window.Alpine.data("searchDialog", searchDialog));
