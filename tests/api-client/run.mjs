// Runs a function of the client as it was compiled, and says what it found.
import * as client from "./built/client.js";

const [, , name, url, token] = process.argv;
console.log(JSON.stringify(await client[name](url, token)));
