// Prints what railway.ts comes to, as JSON. Its argument is the folder that tsc has written to.
import { pathToFileURL } from "node:url";
import { resolve } from "node:path";
import { createRailwayContext, project } from "railway/iac";

const compiled = resolve(process.argv[2], "railway.js");
const { default: program } = await import(pathToFileURL(compiled).href);
const context = createRailwayContext({ command: "plan", environment: "production" });
const { resources } = await program(context, project);
const [{ build, deploy, variables }] = resources;
console.log(JSON.stringify({ build, deploy, variables: Object.keys(variables) }));
