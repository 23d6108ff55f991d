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
import { runInNewContext } from "node:vm";

const HEADER = (packages) => `\
# Nodes of ${packages.join(" and ")}: written by \`make n8n-catalogue\`.
# A type, its versions, its default version, whether it is a trigger. Below it, indented, what it has under a condition:
# \`name\` a parameter, \`name!\` one that must be filled in, \`name=value\` its default, \`name{a|b}\` its choices,
# \`@name\` a credential that it needs, \`@name?\` one that it can do without, \`+name\` an input that has to be connected.
# A condition: \`name=a|b & other!=c\`, where \`~gte:2\` is a comparison; \`@version\` is that of the node.
# \`>options\` in its place: what can stand inside of that parameter, whatever the others are.
`;

// Types of parameters that n8n does not run without when they are required.
const CHECKED = ["string", "options", "dateTime", "resourceLocator", "workflowSelector"];

// What chooses among the others of a node, and is judged by its choices.
const CHOOSERS = ["resource", "operation", "authentication"];

// What has a meaning in nodes.tsv.
const RESERVED = /[\t\n|&={}!]/;

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
  if (typeof node.inputs === "string") {
    for (const { name } of node.properties) if (new RegExp(`\\b${name}\\b`).test(node.inputs)) asked.add(name);
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
  for (const [when, input] of inputsOf(node, versions)) add(when, `+${input}`);
  for (const [path, words] of membersOf("", node.properties)) blocks.set(`>${path}`, words);
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

function isOpen({ allowArbitraryValues, typeOptions }) {
  return allowArbitraryValues || typeOptions?.loadOptionsMethod || typeOptions?.loadOptions;
}

function choicesOf(property) {
  if (property.type !== "options" || isOpen(property) || !property.options?.length) return "";
  return `{${property.options.map((option) => scalar(option.value)).join("|")}}`;
}

// What can stand inside of each collection, and of each group of a fixed one, with those inside of them. What is of
// different kinds under one name is left out: then nobody knows which one a node means.
function* membersOf(path, properties) {
  for (const [name, those] of byName(properties)) {
    const kinds = new Set(those.map(({ type }) => type));
    if (kinds.size > 1 || (path && name.includes("."))) continue;
    const place = path ? `${path}.${name}` : name;
    const options = those.flatMap((property) => property.options ?? []);
    if (kinds.has("collection")) yield* container(place, options);
    if (kinds.has("fixedCollection")) {
      const groups = byName(options);
      yield [place, new Set([...groups.keys()].map(plain))];
      for (const [group, those] of groups) yield* container(`${place}.${group}`, those.flatMap(({ values }) => values ?? []));
    }
  }
}

function* container(place, members) {
  if (!members.length) return;
  const words = [...byName(members)].map(([name, those]) => plain(name) + anyOf(those));
  yield [place, new Set(words)];
  yield* membersOf(place, members);
}

// The choices of all that go by one name; none where one of them takes anything.
function anyOf(properties) {
  const values = new Set();
  for (const property of properties) {
    if (!["options", "multiOptions"].includes(property.type) || isOpen(property) || !property.options?.length) return "";
    for (const option of property.options) values.add(String(option.value));
  }
  return [...values].some((value) => RESERVED.test(value)) ? "" : `{${[...values].join("|")}}`;
}

function byName(properties) {
  const found = new Map();
  for (const property of properties) found.set(property.name, [...(found.get(property.name) ?? []), property]);
  return found;
}

function plain(name) {
  if (RESERVED.test(name)) throw new Error(`nodes.tsv has no way to write ${JSON.stringify(name)}`);
  return name;
}

// The inputs beside main that have to be connected, each under its condition. Some nodes compute their inputs from
// their parameters: then it is tried out with every choice of those that the expression names, and what holds for one
// choice, whatever the others are, is its condition.
function inputsOf(node, versions) {
  const required = (inputs) => inputs.filter((input) => input.required && input.type !== "main").map((input) => input.type);
  if (Array.isArray(node.inputs)) return required(node.inputs).map((input) => ["", input]);
  const defaults = {};
  for (const property of node.properties) defaults[property.name] ??= property.default;
  const named = new Map();
  for (const { name, type, options } of node.properties) {
    if (!new RegExp(`\\b${name}\\b`).test(node.inputs)) continue;
    if (type === "options") named.set(name, [...new Set([...(named.get(name) ?? []), ...options.map((it) => it.value)])]);
    if (type === "boolean") named.set(name, [false, true]);
  }
  let tried = versions.map((version) => ({ version, parameters: defaults }));
  for (const [name, values] of named) {
    tried = tried.flatMap(({ version, parameters }) =>
      values.map((value) => ({ version, parameters: { ...parameters, [name]: value } })),
    );
  }
  if (tried.length > 1000) return [];
  const expression = node.inputs.slice(1).trim().slice(2, -2);
  let results;
  try {
    results = tried.map(({ version, parameters }) => ({
      parameters,
      needs: required(runInNewContext(expression, { $parameter: parameters, $nodeVersion: version }, { timeout: 1000 })),
    }));
  } catch (error) {
    console.error(`${node.name}: its inputs cannot be computed: ${error.message}`);
    return [];
  }
  const found = [];
  for (const input of new Set(results.flatMap((result) => result.needs))) {
    if (results.every((result) => result.needs.includes(input))) {
      found.push(["", input]);
      continue;
    }
    for (const [name, values] of named) {
      const always = (value) => results.filter((it) => it.parameters[name] === value).every((it) => it.needs.includes(input));
      const those = values.filter(always);
      if (those.length) found.push([`${name}=${those.map(scalar).join("|")}`, input]);
    }
  }
  return found;
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
  if (RESERVED.test(text)) throw new Error(`nodes.tsv has no way to write ${JSON.stringify(text)}`);
  return text;
}

function compare(a, b) {
  return a < b ? -1 : Number(a > b);
}
