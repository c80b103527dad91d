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

/**
 * How a file's name ends -> what it is written in.
 * @type {Record<string, () => import("@codemirror/language").LanguageSupport>}
 */
const LANGUAGES = { py: python, html: jinja, css, js: javascript };

/**
 * @param {string} name
 * @param {object} [more]
 */
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

/** @type {import("@codemirror/state").StateEffectType<number>} */
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

/** @param {Element} element */
const topOf = (element) => element.getBoundingClientRect().top;
/** @param {number} place */
const toTop = (place) => EditorView.scrollIntoView(place, { y: "start" });
// Scroll the editor alone: the page around it stays where the reader has it.
const inPlace = EditorView.scrollHandler.of((view, { head }, { y }) => {
  if (y !== "start") return false;
  const { node } = view.domAtPos(head);
  const line = node.parentElement?.closest(".cm-line") ?? /** @type {Element} */ (node);
  const distance = topOf(line) - topOf(view.scrollDOM);
  view.scrollDOM.scrollTop += distance - ABOVE * view.defaultLineHeight;
  return true;
});

/**
 * Make an editor in an element; `changed` hears each new text, `run` of Ctrl+Enter. Tab
 * leaves it: the keyboard is never caught.
 * @param {HTMLElement} parent
 * @param {{changed: (text: string) => void, run: () => void}} hearers
 */
export function makeEditor(parent, { changed, run }) {
  const view = new EditorView({ parent });
  /**
   * File -> what is written in it, where the cursor is, and what can be undone.
   * @type {Map<string, EditorState>}
   */
  const states = new Map();
  /** @type {string | null} */
  let shown = null;

  /**
   * @param {string} name
   * @param {string} text
   */
  const begin = (name, text) =>
    EditorState.create({
      doc: text,
      extensions: [
        Prec.highest(keymap.of([{ key: "Mod-Enter", run: () => (run(), true) }])),
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
        LANGUAGES[name.split(".").pop() ?? ""]?.() ?? [],
      ],
    });

  /**
   * Show a file; return whether it was shown before, and is as it was left.
   * @param {string} name
   * @param {string} text
   */
  const show = (name, text) => {
    if (shown !== null) states.set(shown, view.state);
    shown = name;
    const known = states.get(name);
    if (known?.doc.toString() !== text) {
      view.setState(begin(name, text));
      return false;
    }
    view.setState(known);
    view.dispatch({ effects: toTop(known.selection.main.head) });
    return true;
  };
  const forget = () => {
    states.clear();
    shown = null;
  };
  /**
   * Go to a line, and return where it begins.
   * @param {number} number counted from 1
   */
  const goTo = (number) => {
    const { from } = view.state.doc.line(Math.min(number, view.state.doc.lines));
    view.dispatch({ selection: { anchor: from }, effects: toTop(from) });
    return from;
  };
  /**
   * Go to the line of an error, and mark it.
   * @param {number} number
   */
  const reveal = (number) => view.dispatch({ effects: mark.of(goTo(number)) });
  /**
   * Replace the text, as if it had been typed: it can be undone.
   * @param {string} text
   */
  const replace = (text) => {
    const changes = { from: 0, to: view.state.doc.length, insert: text };
    view.dispatch({ changes, userEvent: "input.replace" });
  };
  const focus = () => view.focus();
  return { show, forget, goTo, reveal, replace, focus };
}
