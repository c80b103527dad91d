// Draws the states of a live step, in CONTRIBUTING.md: `node tests/live/draw.js`.
import { readFileSync, writeFileSync } from "node:fs";
import { pathToFileURL } from "node:url";
import { EVENTS, FIRST, STATES } from "../../src/costrel/live/page/states.js";

const PLACE = new URL("../../CONTRIBUTING.md", import.meta.url);
const REGION = /(?<=<!-- states -->\n).*(?=<!-- \/states -->)/s;

/** Return the drawing, in Mermaid, and what each state and each event is. */
export function drawing() {
  const rows = (all, told) => Object.entries(all).map(([name, it]) => `| \`${name}\` | ${told(it)} |`);
  return `\`\`\`mermaid
stateDiagram-v2
    [*] --> ${FIRST}
${arrows().join("\n")}
\`\`\`

| a live step is | when |
|---|---|
${rows(STATES, ({ is }) => is).join("\n")}

| what happens | is |
|---|---|
${rows(EVENTS, (says) => says).join("\n")}
`;
}

// an arrow for each two states, with all events that lead from one to the other
function arrows() {
  return Object.entries(STATES).flatMap(([from, { on }]) =>
    [...new Set(Object.values(on))].map((to) => {
      const events = Object.keys(on).filter((event) => on[event] === to);
      return `    ${from} --> ${to}: ${events.join(", ")}`;
    }),
  );
}

const text = () => readFileSync(PLACE, "utf-8");

/** Return the drawing that CONTRIBUTING.md has. */
export const drawn = () => text().match(REGION)?.[0];

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  writeFileSync(PLACE, text().replace(REGION, () => drawing()));
}
