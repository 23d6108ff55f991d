// Writes nodes.tsv: what n8n's own packages say of their nodes, as npm has them.
//
//     node generate.mjs n8n-nodes-base@VERSION @n8n/n8n-nodes-langchain@VERSION
//
// A package lists its nodes in dist/types/nodes.json, every description of a node for itself; one description may be
// that of several versions. The form of nodes.tsv is told in its header, and read in ../description.rs. What replaces a
// retired type is nowhere in there: retired.tsv is kept by hand.

import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const HEADER = (packages) => `\
# Nodes of ${packages.join(" and ")}: written by \`make n8n-catalogue\`.
# A type, its versions, its default version, whether it is a trigger. Below it, indented, what it has under a condition:
# \`name\` a parameter, \`name!\` one that must be filled in, \`name=value\` its default, \`name{a|b}\` its choices,
# \`@name\` a credential that it needs, \`@name?\` one that it can do without.
# A condition: \`name=a|b & other!=c\`, where \`~gte:2\` is a comparison; \`@version\` is that of the node.
`;

// Types of parameters that n8n does not run without when they are required.
const CHECKED = ["string", "options", "dateTime", "resourceLocator", "workflowSelector"];

// What chooses among the others of a node, and is judged by its choices.
const CHOOSERS = ["resource", "operation", "authentication"];

const packages = process.argv.slice(2);
const folder = mkdtempSync(join(tmpdir(), "n8n-"));
const rows = [];
try {
  for (const spec of packages) {
    const archive = execFileSync("npm", ["pack", "--silent", spec], { cwd: folder, encoding: "utf8" }).trim();
    const json = execFileSync("tar", ["-xzOf", join(folder, archive), "package/dist/types/nodes.json"], {
      maxBuffer: 1 << 30,
    });
    const name = spec.slice(0, spec.lastIndexOf("@"));
    for (const node of JSON.parse(json)) rows.push(described(`${name}.${node.name}`, node));
  }
} finally {
  rmSync(folder, { recursive: true });
}
rows.sort((a, b) => compare(a.type, b.type) || a.versions[0] - b.versions[0]);
writeFileSync(new URL("nodes.tsv", import.meta.url), HEADER(packages) + rows.map((row) => row.text).join(""));

function described(type, node) {
  const versions = [node.version].flat().sort((a, b) => a - b);
  const trigger = node.group.includes("trigger") ? "trigger" : "";
  const first = [type, versions.join(","), node.defaultVersion ?? versions.at(-1), trigger].join("\t");
  const asked = new Set(CHOOSERS);
  for (const { displayOptions } of [...node.properties, ...(node.credentials ?? [])]) {
    for (const name of [displayOptions?.show, displayOptions?.hide].flatMap((part) => Object.keys(part ?? {}))) {
      asked.add(name.replace(/^\//, "").split(".")[0]);
    }
  }
  const blocks = new Map();
  const add = (condition, word) => {
    if (!blocks.has(condition)) blocks.set(condition, new Set());
    blocks.get(condition).add(word);
  };
  for (const property of node.properties) {
    const needed = property.required && CHECKED.includes(property.type) && !property.ignoreValidationDuringExecution;
    const empty = needed && isEmpty(property.default);
    // Where nothing depends on it, it is enough that the version has it.
    const matters = empty || asked.has(property.name);
    const choices = asked.has(property.name) ? choicesOf(property) : "";
    const standard = asked.has(property.name) && !isEmpty(property.default) ? `=${scalar(property.default)}` : "";
    add(condition(property.displayOptions, matters), property.name + (empty ? "!" : "") + choices + standard);
  }
  for (const credential of node.credentials ?? []) {
    add(condition(credential.displayOptions, true), `@${credential.name}${credential.required ? "" : "?"}`);
  }
  const lines = [...blocks].map(([condition, words]) => `\t${condition}\t${[...words].join("\t")}\n`);
  return { type, versions, text: `${first}\n${lines.sort().join("")}` };
}

// `name=a|b & other!=c`; of the version only, unless all matters.
function condition(options, all) {
  const terms = [];
  for (const [part, sign] of [["show", "="], ["hide", "!="]]) {
    for (const [name, values] of Object.entries(options?.[part] ?? {})) {
      if (all || name === "@version") terms.push(name.replace(/^\//, "") + sign + [values].flat().map(scalar).join("|"));
    }
  }
  return terms.join(" & ");
}

function choicesOf(property) {
  const isOpen = property.allowArbitraryValues || property.typeOptions?.loadOptionsMethod || property.typeOptions?.loadOptions;
  if (property.type !== "options" || isOpen || !property.options?.length) return "";
  return `{${property.options.map((option) => scalar(option.value)).join("|")}}`;
}

function isEmpty(value) {
  const inner = value !== null && typeof value === "object" && "value" in value ? value.value : value;
  return inner === undefined || inner === null || inner === "" || (typeof inner === "object" && !Object.keys(inner).length);
}

// A value as the text that it is compared by.
function scalar(value) {
  const [comparison, target] = Object.entries(value?._cnd ?? {})[0] ?? [];
  if (comparison === "between") return `~between:${target.from}..${target.to}`;
  if (comparison) return `~${comparison}:${target}`;
  const text = value !== null && typeof value === "object" ? String(value.value ?? "") : String(value);
  if (/[\t\n|&={}!]/.test(text)) throw new Error(`nodes.tsv has no way to write ${JSON.stringify(text)}`);
  return text;
}

function compare(a, b) {
  return a < b ? -1 : Number(a > b);
}
