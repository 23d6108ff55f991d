// What two readers make of a feed.
import Parser from "rss-parser";
import { parseFeed } from "feedsmith";

const address = process.argv[2];
const answer = await fetch(address);
const strict = parseFeed(await answer.text());
const common = await new Parser().parseURL(address);
console.log(JSON.stringify({ strict, common }));
