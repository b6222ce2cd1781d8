// What the dashboard's code editor is made of; `vendor_assets.py refresh` bundles it with CodeMirror.

import { defaultKeymap, history, historyKeymap, indentWithTab } from "@codemirror/commands";
import { html } from "@codemirror/lang-html";
import { HighlightStyle, bracketMatching, syntaxHighlighting } from "@codemirror/language";
import { EditorState } from "@codemirror/state";
import {
  Decoration,
  EditorView,
  MatchDecorator,
  ViewPlugin,
  drawSelection,
  highlightActiveLine,
  keymap,
  lineNumbers,
} from "@codemirror/view";
import { tags } from "@lezer/highlight";

// Places to fill of Liquid and of Velocity.
const PLACES = new MatchDecorator({
  regexp: /\{\{.*?\}\}|\{%.*?%\}|#(?:if|elseif|else|end|set|foreach)\b|\$!?\{?[A-Za-z][\w.]*\}?/g,
  decoration: Decoration.mark({ class: "cm-place" }),
});

const places = ViewPlugin.define(
  (view) => ({
    decorations: PLACES.createDeco(view),
    update(change) {
      this.decorations = PLACES.updateDeco(change, this.decorations);
    },
  }),
  { decorations: (plugin) => plugin.decorations },
);

const COLOURS = {
  light: { tag: "#0b6b5c", name: "#1a5fa8", text: "#7a4b00", quiet: "#5f6a63", place: "#7436a8" },
  dark: { tag: "#6fd3bd", name: "#86bdf5", text: "#f0c480", quiet: "#9aa49d", place: "#d0a3f7" },
};

function looks(isDark) {
  const colours = isDark ? COLOURS.dark : COLOURS.light;
  const theme = EditorView.theme(
    {
      "&": { height: "100%", fontSize: "13px", color: isDark ? "#edf1ee" : "#17201c" },
      "&.cm-focused": { outline: "none" },
      ".cm-scroller": { fontFamily: "ui-monospace, Menlo, Consolas, monospace", lineHeight: "1.6" },
      ".cm-gutters": { background: "transparent", border: "0", color: colours.quiet },
      ".cm-content": { caretColor: isDark ? "#fff" : "#000" },
      ".cm-cursor": { borderLeftColor: isDark ? "#fff" : "#000" },
      ".cm-activeLine": { background: isDark ? "#ffffff0a" : "#0b6b5c0a" },
      ".cm-place, .cm-place span": { color: colours.place, fontWeight: "600" },
    },
    { dark: isDark },
  );
  const style = HighlightStyle.define([
    { tag: [tags.tagName, tags.angleBracket], color: colours.tag },
    { tag: tags.attributeName, color: colours.name },
    { tag: [tags.attributeValue, tags.string], color: colours.text },
    { tag: tags.comment, color: colours.quiet },
  ]);
  return [theme, syntaxHighlighting(style)];
}

// A browser that types over a selection keeps its looks by a style attribute, which the strict
// policy forbids and tells; so the text is put in its place here.
function replaceByHand(event, view) {
  const isTyped = event.inputType === "insertText" && event.data && !event.isComposing;
  if (!isTyped || view.state.selection.main.empty) return false;
  event.preventDefault();
  const change = view.state.replaceSelection(event.data);
  view.dispatch(change, { userEvent: "input.type", scrollIntoView: true });
  return true;
}

/** Opens an editor in a shadow root. `onChange` hears the text after each change. */
function open({ root, text, label, isDark, onChange }) {
  const view = new EditorView({
    root,
    parent: root,
    state: EditorState.create({
      doc: text,
      extensions: [
        lineNumbers(),
        history(),
        drawSelection(),
        highlightActiveLine(),
        bracketMatching(),
        EditorView.lineWrapping,
        html(),
        places,
        looks(isDark),
        keymap.of([...defaultKeymap, ...historyKeymap, indentWithTab]),
        EditorView.contentAttributes.of({ "aria-label": label }),
        EditorView.domEventHandlers({ beforeinput: replaceByHand }),
        EditorView.updateListener.of((update) => {
          if (update.docChanged) onChange(update.state.doc.toString());
        }),
      ],
    }),
  });
  return {
    replace(changed) {
      view.dispatch({ changes: { from: 0, to: view.state.doc.length, insert: changed } });
    },
  };
}

window.BeckonCode = { open };
