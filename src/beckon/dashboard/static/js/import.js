// The import of contacts: the file stays here and goes to the server in pieces of whole rows.

const PIECE_ROWS = 500;
const PIECE_CHARACTERS = 200_000;
const ROW_CHARACTERS_MAX = 500_000;
const SAMPLE_BYTES = 65_536;
const REFUSED_MAX = 100_000;

class Refused extends Error {}

/** Gives a file's records one by one; a line end within quotes ends none. `onRead` hears bytes. */
async function* records(file, onRead) {
  const decoder = new TextDecoder("utf-8", { fatal: true });
  const reader = file.stream().getReader();
  let rest = "";
  let at = 0;
  let isQuoted = false;
  for (let isDone = false; !isDone; ) {
    const { done, value } = await reader.read();
    isDone = done;
    onRead(value?.byteLength ?? 0);
    rest += decoder.decode(value, { stream: !done });
    let begin = 0;
    for (; at < rest.length; at++) {
      if (rest[at] === '"') isQuoted = !isQuoted;
      else if (rest[at] === "\n" && !isQuoted) {
        yield rest.slice(begin, at + 1);
        begin = at + 1;
      }
    }
    rest = rest.slice(begin);
    at = rest.length;
    if (rest.length > ROW_CHARACTERS_MAX) throw new Refused("A quote in the file is never closed.");
  }
  if (rest) yield rest;
}

/** Gives pieces of rows after the first record, each with the number of its first row. */
async function* pieces(file, onRead) {
  let rows = [];
  let size = 0;
  let first = 1;
  let isHeader = true;
  for await (const record of records(file, onRead)) {
    if (isHeader) isHeader = false;
    else if (record.trim()) {
      rows.push(record);
      size += record.length;
    }
    if (rows.length === PIECE_ROWS || size > PIECE_CHARACTERS) {
      yield { first, rows };
      first += rows.length;
      rows = [];
      size = 0;
    }
  }
  if (rows.length) yield { first, rows };
}

async function post(path, body) {
  const answer = await fetch(path, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  });
  if (answer.redirected) throw new Refused("You are signed out. Sign in and begin anew.");
  if (answer.ok) return answer;
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  throw new Refused(page.querySelector(".broken h1 + p")?.textContent ?? `The server said ${answer.status}.`);
}

function explain(fault) {
  if (fault instanceof Refused) return fault.message;
  if (fault instanceof TypeError && /decod|encod/i.test(fault.message)) {
    return "The file is not UTF-8; save it as CSV UTF-8.";
  }
  return `The connection broke (${fault.message}). Begin anew: rows taken twice change nothing.`;
}

function cell(text) {
  // No cell of the file of refused rows may begin a formula in a spreadsheet.
  const safe = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return `"${safe.replaceAll('"', '""')}"`;
}

function contactImport() {
  return {
    file: null,
    list: "",
    fault: "",
    isOpen: false,
    isBusy: false,
    isBegun: false,
    isDone: false,
    isStopped: false,
    percent: 0,
    said: "",
    page: "",
    refused: [],
    hasRefused: false,
    async open(event) {
      this.file = event.target.files[0] ?? null;
      Object.assign(this, { isOpen: false, isBegun: false, fault: "" });
      if (!this.file) return;
      try {
        const bytes = await this.file.slice(0, SAMPLE_BYTES).arrayBuffer();
        const sample = new TextDecoder("utf-8", { fatal: true }).decode(bytes, { stream: true });
        const answer = await post("/contacts/import/look", { sample });
        this.$refs.columns.innerHTML = await answer.text();
        this.isOpen = true;
      } catch (fault) {
        this.fault = explain(fault);
      }
    },
    tryOut() {
      return this.run(true);
    },
    start() {
      return this.run(false);
    },
    stop() {
      this.isStopped = true;
    },
    async run(dry) {
      const begun = { isBusy: true, isBegun: true, isDone: false, isStopped: false };
      Object.assign(this, begun, { fault: "", percent: 0, refused: [], hasRefused: false });
      let taken = 0;
      let read = 0;
      const onRead = (bytes) => (read += bytes);
      try {
        const asked = { ...this.asked(dry), import: dry ? null : await this.begin() };
        for await (const { first, rows } of pieces(this.file, onRead)) {
          if (this.isStopped) break;
          const answer = await post("/contacts/import/rows", { ...asked, first, rows: rows.join("") });
          taken += this.note(await answer.json(), first);
          this.percent = Math.floor((read * 100) / this.file.size);
          this.tell(dry, taken, "so far");
        }
        if (!dry) await post("/contacts/import/end", { import: asked.import });
        if (!this.isStopped) this.percent = 100;
        this.tell(dry, taken, this.isStopped ? "before you stopped it" : "in all");
        this.isDone = !dry && !this.isStopped;
      } catch (fault) {
        this.fault = explain(fault);
      }
      this.isBusy = false;
    },
    async begin() {
      const answer = await post("/contacts/import/begin", { name: this.file.name });
      const told = await answer.json();
      this.page = told.page;
      return told.import;
    },
    asked(dry) {
      const selects = [...this.$refs.columns.querySelectorAll("select")];
      return {
        dry,
        list: this.list,
        delimiter: this.$refs.columns.querySelector("[data-delimiter]").dataset.delimiter,
        columns: selects.map((select) => select.dataset.column),
        mapping: Object.fromEntries(selects.map((select) => [select.dataset.column, select.value])),
      };
    },
    note({ taken, refused }, first) {
      for (const { place, reason, cells } of refused) {
        if (this.refused.length < REFUSED_MAX) this.refused.push([first + place, reason, ...cells]);
      }
      this.hasRefused = this.refused.length > 0;
      return taken;
    },
    tell(dry, taken, when) {
      const done = dry ? "could be taken" : "taken";
      const bad = this.refused.length.toLocaleString("en");
      this.said = `${taken.toLocaleString("en")} ${done}, ${bad} refused ${when}.`;
    },
    download() {
      const head = ["row", "reason", ...this.asked(true).columns];
      const lines = [head, ...this.refused].map((row) => row.map((one) => cell(String(one))).join(","));
      const link = document.createElement("a");
      link.href = URL.createObjectURL(new Blob([lines.join("\r\n")], { type: "text/csv" }));
      link.download = `${this.file.name}.refused.csv`;
      link.click();
      URL.revokeObjectURL(link.href);
    },
  };
}

document.addEventListener("alpine:init", () => window.Alpine.data("contactImport", contactImport));
