// The editor of the live step, bundled by esbuild: CodeMirror, in the book's colours.
import { basicSetup, EditorView } from "codemirror";
import { css } from "@codemirror/lang-css";
import { javascript } from "@codemirror/lang-javascript";
import { jinja } from "@codemirror/lang-jinja";
import { python } from "@codemirror/lang-python";
import { HighlightStyle, indentUnit, syntaxHighlighting } from "@codemirror/language";
import { EditorState, Prec, StateEffect, StateField } from "@codemirror/state";
import { Decoration, keymap } from "@codemirror/view";
import { tags } from "@lezer/highlight";

// how a file's name ends -> what it is written in
const LANGUAGES = { py: python, html: jinja, css, js: javascript };

const colour = (name, more) => ({ color: `var(--book-${name})`, ...more });
const colours = HighlightStyle.define([
  { tag: [tags.keyword, tags.operatorKeyword, tags.modifier], ...colour("keyword") },
  { tag: [tags.string, tags.special(tags.string)], ...colour("string") },
  { tag: tags.comment, ...colour("comment", { fontStyle: "italic" }) },
  { tag: [tags.number, tags.bool, tags.null, tags.self], ...colour("number") },
  { tag: [tags.definition(tags.variableName), tags.className, tags.meta], ...colour("name") },
  { tag: tags.function(tags.definition(tags.variableName)), ...colour("name") },
  { tag: [tags.tagName, tags.attributeName, tags.propertyName], ...colour("name") },
  { tag: [tags.color, tags.unit, tags.atom], ...colour("number") },
]);
const looks = EditorView.theme({
  "&": { backgroundColor: "var(--book-card)", color: "var(--book-ink)" },
  "&.cm-focused": { outline: "none" },
  ".cm-scroller": { fontFamily: "var(--book-mono)", lineHeight: "1.5" },
  ".cm-content": { caretColor: "var(--book-ink)" },
  ".cm-cursor": { borderLeftColor: "var(--book-ink)" },
  ".cm-gutters": {
    backgroundColor: "transparent",
    border: "0",
    color: "var(--book-muted)",
  },
  ".cm-activeLine, .cm-activeLineGutter": { backgroundColor: "transparent" },
  "&.cm-focused .cm-activeLine": {
    backgroundColor: "color-mix(in srgb, var(--book-accent) 7%, transparent)",
  },
  "& > .cm-scroller > .cm-selectionLayer .cm-selectionBackground": {
    backgroundColor: "color-mix(in srgb, var(--book-accent) 28%, transparent)",
  },
  ".cm-matchingBracket": { backgroundColor: "var(--book-fresh)" },
  ".cm-selectionMatch": { backgroundColor: "var(--book-fresh)" },
  ".cm-panels, .cm-tooltip": {
    backgroundColor: "var(--book-paper)",
    color: "var(--book-ink)",
    borderColor: "var(--book-line)",
  },
  ".cm-tooltip-autocomplete ul li[aria-selected]": {
    backgroundColor: "var(--book-accent)",
    color: "var(--book-paper)",
  },
  ".cm-wrong": {
    backgroundColor: "var(--book-removed)",
    boxShadow: "inset 3px 0 var(--book-removed-ink)",
  },
});

// --- the line of an error, marked until something is typed

const mark = StateEffect.define();
const marked = StateField.define({
  create: () => Decoration.none,
  update(lines, { docChanged, effects }) {
    const place = effects.find((effect) => effect.is(mark))?.value;
    if (place === undefined) return docChanged ? Decoration.none : lines;
    return Decoration.set([Decoration.line({ class: "cm-wrong" }).range(place)]);
  },
  provide: (field) => EditorView.decorations.from(field),
});

// --- scrolling to a line

// lines that stay in sight above it
const ABOVE = 2;

const topOf = (element) => element.getBoundingClientRect().top;
const toTop = (place) => EditorView.scrollIntoView(place, { y: "start" });
// Scroll the editor alone: the page around it stays where the reader has it.
const inPlace = EditorView.scrollHandler.of((view, { head }, { y }) => {
  if (y !== "start") return false;
  const { node } = view.domAtPos(head);
  const line = node.parentElement.closest(".cm-line") ?? node;
  const distance = topOf(line) - topOf(view.scrollDOM);
  view.scrollDOM.scrollTop += distance - ABOVE * view.defaultLineHeight;
  return true;
});

// Make an editor in an element; `changed` hears each new text, `run` of Ctrl+Enter. Tab
// leaves it: the keyboard is never caught.
export function makeEditor(parent, { changed, run }) {
  const view = new EditorView({ parent });
  // file -> what is written in it, where the cursor is, and what can be undone
  const states = new Map();
  let shown = null;

  const begin = (name, text) =>
    EditorState.create({
      doc: text,
      extensions: [
        Prec.highest(keymap.of([{ key: "Mod-Enter", run: () => Boolean(run()) }])),
        basicSetup,
        looks,
        marked,
        inPlace,
        syntaxHighlighting(colours),
        indentUnit.of("    "),
        EditorView.lineWrapping,
        EditorView.contentAttributes.of({ "aria-label": name, spellcheck: "false" }),
        EditorView.updateListener.of(({ docChanged, state }) => {
          if (docChanged) changed(state.doc.toString());
        }),
        LANGUAGES[name.split(".").at(-1)]?.() ?? [],
      ],
    });

  // Show a file; tell whether it was shown before, and is as it was left.
  const show = (name, text) => {
    if (shown !== null) states.set(shown, view.state);
    shown = name;
    const known = states.get(name);
    const isKnown = known?.doc.toString() === text;
    view.setState(isKnown ? known : begin(name, text));
    if (isKnown) view.dispatch({ effects: toTop(known.selection.main.head) });
    return isKnown;
  };
  const forget = () => {
    states.clear();
    shown = null;
  };
  const goTo = (number, more = () => []) => {
    const { from } = view.state.doc.line(Math.min(number, view.state.doc.lines));
    view.dispatch({ selection: { anchor: from }, effects: [toTop(from), more(from)].flat() });
  };
  // Go to the line of an error, and mark it.
  const reveal = (number) => goTo(number, (place) => mark.of(place));
  // Replace the text, as if it had been typed: it can be undone.
  const replace = (text) => {
    const changes = { from: 0, to: view.state.doc.length, insert: text };
    view.dispatch({ changes, userEvent: "input.replace" });
  };
  const focus = () => view.focus();
  return { show, forget, goTo, reveal, replace, focus };
}
