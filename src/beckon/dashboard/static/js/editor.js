// The editor of templates: code with colours, the preview in a frame of its own, copy taken over.

/** Turns a text area into a code editor; without the bundle it stays a text area. */
function upgrade(area) {
  if (!window.BeckonCode) return null;
  const place = document.createElement("div");
  place.className = "code-editor";
  area.after(place);
  // In a shadow tree, for there the editor's styles are sheets that the strict policy allows.
  const root = place.attachShadow({ mode: "open" });
  area.hidden = true;
  return window.BeckonCode.open({
    root,
    text: area.value,
    label: "Body",
    isDark: document.documentElement.dataset.bsTheme === "dark",
    onChange(text) {
      area.value = text;
      area.dispatchEvent(new Event("input", { bubbles: true }));
    },
  });
}

/** Writes markup as it would be typed into a block: paragraphs, and links in brackets. */
function asTyped(markup) {
  const page = new DOMParser().parseFromString(markup, "text/html");
  for (const link of page.querySelectorAll("a")) {
    link.replaceWith(`[${link.textContent}](${link.getAttribute("href")})`);
  }
  const paragraphs = [...page.body.querySelectorAll("p")].map((one) => one.textContent.trim());
  return paragraphs.length ? paragraphs.join("\n\n") : page.body.textContent.trim();
}

/** Keeps the preview's frame in step with the form. */
function templateEditor() {
  return {
    view: "desktop",
    code: null,
    frames: 0,
    init() {
      const area = this.$refs.body;
      if (area?.dataset.code) this.code = upgrade(area);
      this.$root.addEventListener("htmx:afterSwap", (event) => {
        if (event.target.classList.contains("check")) this.show(event.target);
      });
      document.addEventListener("beckon:copy", (event) => this.take(event.detail));
    },
    frameClass() {
      return `is-${this.view}`;
    },
    show(check) {
      const isBroken = check.querySelector("[data-fault]") !== null;
      if (this.$refs.frames && !isBroken) this.refresh();
    },
    // A new frame each time: a frame that is sent on would fill the browser's history.
    refresh() {
      const frame = document.createElement("iframe");
      frame.name = `preview-${++this.frames}`;
      frame.title = "The message as people get it";
      frame.setAttribute("sandbox", "");
      frame.className = "is-loading";
      this.$refs.frames.append(frame);
      const shown = () => {
        for (const old of this.$refs.frames.querySelectorAll("iframe")) if (old !== frame) old.remove();
        frame.className = "";
      };
      this.send(frame.name);
      frame.addEventListener("load", shown, { once: true });
    },
    send(target) {
      const form = document.createElement("form");
      Object.assign(form, { method: "post", action: "/templates/preview", target, hidden: true });
      for (const [name, value] of new FormData(this.$refs.editor)) {
        const field = document.createElement("textarea");
        Object.assign(field, { name, value });
        form.append(field);
      }
      document.body.append(form);
      form.submit();
      form.remove();
    },
    take({ title, body }) {
      if (this.$refs.subject && title) this.$refs.subject.value = title;
      const area = this.$refs.body ?? this.$root.querySelector("[data-rich]");
      if (!area) return;
      if (this.code) this.code.replace(body);
      else area.value = this.$refs.body ? body : asTyped(body);
      area.dispatchEvent(new Event("input", { bubbles: true }));
    },
  };
}

/** Hands the words that were made over to the editor, or asks for others. */
function copyWriter() {
  return {
    use() {
      const { title, body } = this.$el.closest(".copy-made").dataset;
      document.dispatchEvent(new CustomEvent("beckon:copy", { detail: { title, body } }));
    },
    again() {
      const form = this.$root.querySelector("form");
      form.elements.seed.value = this.$el.closest(".copy-made").dataset.seed;
      form.requestSubmit();
    },
  };
}

document.addEventListener("alpine:init", () => {
  window.Alpine.data("templateEditor", templateEditor);
  window.Alpine.data("copyWriter", copyWriter);
});
