// What must not compile: each line below an expectation reads what may be absent, or says what cannot be.
import createClient from "openapi-fetch";
import type { components, paths } from "./dragonfly-ops.js";

type Schemas = components["schemas"];

declare const row: Schemas["CheckRow"];
declare const problem: Schemas["Problem"];
declare const workers: Schemas["Sections"]["workers"];
declare const check: Schemas["CheckStatus"];
declare const incident: Schemas["ShownIncident"];
declare const pause: Schemas["PauseDone"];
declare const restart: Schemas["RestartDone"];
declare const session: Schemas["LongSession"];
declare const complaint: Schemas["Complaint"];

export const misuses = async () => [
  // @ts-expect-error A row that is ok has no code.
  row.code.length,
  // @ts-expect-error Nor a reason.
  row.detail,
  // @ts-expect-error What HTTP itself refuses has no code.
  problem.code.length,
  // @ts-expect-error Only a problem of readiness has checks.
  problem.checks.db,
  // @ts-expect-error Only a failed check knows since when.
  problem.since.length,
  // @ts-expect-error A section that could not be read lists nobody.
  workers.items,
  // @ts-expect-error A section that was read has no problem.
  workers.problem.code,
  // @ts-expect-error A check that is well has no code.
  check.code.length,
  // @ts-expect-error To a stranger there is no timeline.
  incident.timeline.length,
  // @ts-expect-error There is no such state.
  incident.state === "done",
  // @ts-expect-error A pause counts jobs.
  pause.after.pending.length,
  // @ts-expect-error It is the answer of a pause.
  pause.action === "queue.resume",
  // @ts-expect-error A service may be out of sight afterwards.
  restart.after.status,
  // @ts-expect-error To a stranger nobody says what runs.
  session.query.length,
  // @ts-expect-error Not every complaint is about one of several.
  complaint.subject.length,
  // @ts-expect-error An order without a reason is none.
  createClient<paths>().POST("/api/ops/queue/pause", { body: {} }),
  // @ts-expect-error There is no such deed.
  createClient<paths>().POST("/api/ops/incidents/{incident}", { params: { path: { incident: "DB-1" } }, body: { deed: "forget" } }),
  // @ts-expect-error There is no such verdict to fail on.
  createClient<paths>().GET("/api/health/ops", { params: { query: { fail_on: "ok" } } }),
  // @ts-expect-error There is no such path.
  createClient<paths>().GET("/api/health/nothing"),
];
