// What a dashboard would do with the API, in types alone: no cast, no `any`.
import createClient from "openapi-fetch";
import type { components, paths } from "./dragonfly-ops.js";

type Schemas = components["schemas"];

// Where there is a page, too, it is the JSON that is asked for.
type Json = "application/json" | "application/problem+json";

/** A cell of the table of checks. */
function cell(name: string, row: Schemas["CheckRow"]): string {
  switch (row.status) {
    case "ok":
      return `${name} ok ${row.source === "live" || row.age_ms >= 0}`;
    case "failed":
      return `${name} ${row.code}: ${row.title} (${row.type}, ${row.consecutive_failures})`;
  }
}

/** A line on a section: what it came to, or why nobody knows. */
function line(section: Schemas["Sections"]["queue"]): string {
  if ("problem" in section) {
    return `${section.verdict}: ${section.problem.code}`;
  }
  const oldest = section.oldest_pending_seconds ?? 0;
  const held = section.pauses.map((pause) => pause.paused_by ?? "somebody");
  return `${section.verdict}: ${section.pending} pending, ${oldest >= 0}, ${section.complaints.length}, ${held.join()}`;
}

/** What is wrong, in a sentence. Each member that may be absent is asked for. */
function sentence(problem: Schemas["Problem"]): string {
  const checks = problem.checks;
  const rows = checks === undefined ? [] : [cell("db", checks.db), cell("supabase", checks.supabase)];
  const sections = problem.sections === undefined ? [] : [line(problem.sections.queue)];
  const causes: string[] = problem.cause ?? [];
  const next: Schemas["Retry"] | "unknown" = problem.retry ?? "unknown";
  const code: Schemas["Code"] | null = problem.code ?? null;
  const last = problem.last_ok === undefined || problem.last_ok === null ? "never" : "once";
  return [problem.status, code, next, problem.verdict, problem.check, last, causes.length > 0, ...rows, ...sections].join(" ");
}

function present<T>(data: T | undefined, error: Schemas["Problem"] | undefined): T {
  if (data === undefined) {
    throw new Error(error === undefined ? "no answer" : sentence(error));
  }
  return data;
}

/** How both checks are, whether they pass or not. */
export async function checks(baseUrl: string, token: string) {
  const operator = createClient<paths, Json>({ baseUrl, headers: { Authorization: `Bearer ${token}` } });
  const { data, error } = await operator.GET("/api/health/ready");
  const rows = data?.checks ?? error?.checks;
  return {
    rows: rows === undefined ? [] : [cell("db", rows.db), cell("supabase", rows.supabase)],
    problem: error === undefined ? null : sentence(error),
  };
}

/** Looks, an incident, history, activity, an order and its record. */
export async function visit(baseUrl: string, token: string) {
  const anybody = createClient<paths, Json>({ baseUrl });
  const operator = createClient<paths, Json>({ baseUrl, headers: { Authorization: `Bearer ${token}` } });

  const ops = await operator.GET("/api/health/ops");
  const found = present(ops.data, ops.error);
  const failed = await anybody.GET("/api/health/ops", { params: { query: { fail_on: "warning" } } });

  const status = await anybody.GET("/status.json");
  const shown = present(status.data, status.error);
  const codes: (Schemas["Code"] | null)[] = shown.checks.map((check) => check.code);

  const history = await anybody.GET("/api/history/{check}", {
    params: { path: { check: "db" }, query: { grain: "5m" } },
  });
  const buckets = present(history.data, history.error).buckets;

  const opened = await operator.POST("/api/ops/incidents", {
    body: { title: "Invoices are not sent", severity: "P2", by: "a dashboard" },
  });
  const { name } = present(opened.data, opened.error);
  const path = { incident: name };
  const noted = await operator.POST("/api/ops/incidents/{incident}", {
    params: { path },
    body: { deed: "note", text: "The mailer was deployed at noon." },
  });
  const timeline = present(noted.data, noted.error).timeline ?? [];
  const kinds: Schemas["EntryKind"][] = timeline.map((entry) => entry.kind);
  const hidden = await anybody.GET("/incidents/{incident}", { params: { path } });

  const paused = await operator.POST("/api/ops/queue/pause", {
    params: { header: { "Idempotency-Key": "a-dashboard-pauses" } },
    body: { reason: "the mailer sends twice", job_type: "mail" },
  });
  const pause = present(paused.data, paused.error);
  const held: number = pause.after.held - pause.before.held;
  const resumed = await operator.POST("/api/ops/queue/resume", {
    body: { reason: "the mailer is mended", ...(pause.after.pause === null ? {} : { pause: pause.after.pause }) },
  });
  const reloaded = await operator.POST("/api/ops/schema/reload", { body: { reason: "a look", dry_run: true } });
  const rest = present(reloaded.data, reloaded.error).after;

  const report = await operator.GET("/incidents/{incident}/report", { params: { path } });
  const actions = present(report.data, report.error).actions;
  const record = actions.find((action) => action.action === pause.action);
  const refused = await anybody.POST("/api/ops/queue/pause", { body: { reason: "nobody may" } });

  return {
    queue: line(found.sections.queue),
    failed: failed.error === undefined ? null : sentence(failed.error),
    codes,
    looks: buckets.map((bucket) => bucket.looks).reduce((sum, looks) => sum + looks, 0),
    kinds,
    hidden: hidden.data === undefined ? "refused" : hidden.data.timeline,
    order: [pause.action, pause.request.job_type, held, pause.verified],
    resumed: present(resumed.data, resumed.error).after.held,
    rest: rest.rest === "ok" ? rest.rest : `${rest.rest} ${rest.code}`,
    record: record === undefined ? null : [record.phase, record.request?.["job_type"], record.after?.["held"]],
    refused: refused.error === undefined ? null : sentence(refused.error),
  };
}
