// Writes types.tsv: which types of nodes there are in n8n's own packages, as npm has them.
//
//     node generate.mjs n8n-nodes-base@VERSION @n8n/n8n-nodes-langchain@VERSION
//
// A package lists its nodes in dist/types/nodes.json, every version of a node for itself. A type needs a credential
// where every version does. What replaces a retired type is nowhere in there: retired.tsv is kept by hand.

import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

// What chooses among the credentials of a node is called so.
const CHOICES = ["authentication", "authType"];

const packages = process.argv.slice(2);
const folder = mkdtempSync(join(tmpdir(), "n8n-"));
const types = new Map();
try {
  for (const spec of packages) {
    const archive = execFileSync("npm", ["pack", "--silent", spec], { cwd: folder, encoding: "utf8" }).trim();
    const json = execFileSync("tar", ["-xzOf", join(folder, archive), "package/dist/types/nodes.json"], {
      maxBuffer: 1 << 30,
    });
    const name = spec.slice(0, spec.lastIndexOf("@"));
    for (const node of JSON.parse(json)) {
      const type = `${name}.${node.name}`;
      types.set(type, (types.get(type) ?? true) && needsCredential(node));
    }
  }
} finally {
  rmSync(folder, { recursive: true });
}

// Whether it cannot work without a credential: one is always required, or one for every choice.
function needsCredential(node) {
  const required = (node.credentials ?? []).filter((credential) => credential.required);
  if (required.some((credential) => !credential.displayOptions)) return true;
  return CHOICES.some((choice) => {
    const covered = required.flatMap((credential) => credential.displayOptions.show?.[choice] ?? []);
    const choices = node.properties.filter((property) => property.name === choice);
    const values = choices.flatMap((property) => property.options.map((option) => option.value));
    return values.length > 0 && values.every((value) => covered.includes(value));
  });
}

const rows = [...types].map(([type, needed]) => `${type}\t${needed ? "required" : "optional"}\n`).sort();
const header =
  `# Types of nodes of ${packages.join(" and ")}: written by \`make n8n-catalogue\`.\n` +
  "# A type; whether it cannot work without a credential, whatever its parameters.\n";
writeFileSync(new URL("types.tsv", import.meta.url), header + rows.join(""));
