import { defineRailway, github, preserve, project, service } from "railway/iac";

// This file speaks for one service: what else the project holds is none of its business.
export const partial = "dragonfly-ops";

const PROJECT = "dragonfly";
const REPOSITORY = "dragonfly-civil/dragonfly-ops";

// Set in the dashboard where they are set at all, and kept: a variable that is not named here can be planned for removal.
// SUPABASE_MODE need not be: without it the environment has the name that it has at Railway.
const SET_ELSEWHERE = [
  "PORT", "HOST", "DATABASE_URL", "SUPABASE_DB_URL", "DATABASE_DIRECT_URL", "SUPABASE_URL",
  "SUPABASE_SERVICE_ROLE_KEY", "SUPABASE_SECRET_KEY", "SUPABASE_HEALTH_TABLE", "SMOKE_RELATIONS",
  "QUEUE_TABLE", "HEARTBEATS_TABLE", "QUEUE_COLUMNS", "HEARTBEAT_COLUMNS", "QUEUE_STATES",
  "QUEUE_CLAIMS_HEED_DUE", "SUPABASE_MODE", "HEALTH_DB_TIMEOUT", "HEALTH_SUPABASE_TIMEOUT",
  "HEALTH_OPS_TIMEOUT", "HEALTH_FRESHNESS_MS", "WATCH_INTERVAL", "SOURCES_INTERVAL", "STATE_DIR",
  "STATUS_PAGE", "OPS_TOKEN", "OPS_READ_TOKEN", "OPS_ALERT_TOKEN", "DRAGONFLY_TOKEN",
  "RAILWAY_TOKEN", "RAILWAY_API_TOKEN", "RAILWAY_API_URL", "STATUS_PAGES", "N8N_URL",
  "SLACK_WEBHOOK_URL", "SLACK_SIGNING_SECRET", "SLACK_MENTION", "DISCORD_WEBHOOK_URL",
  "DISCORD_MENTION", "HEARTBEAT_URL", "PUBLIC_URL", "RESTART_TIMEOUT", "CORS_ALLOWED_ORIGINS",
  "TRUSTED_PROXIES", "LOG_FORMAT", "RUST_LOG", "HTTP_HEADER_TIMEOUT", "HTTP_IDLE_TIMEOUT",
  "HTTP_WRITE_TIMEOUT", "HTTP_MAX_CONNECTIONS", "DRAIN_DELAY", "DRAIN_TIMEOUT", "GITHUB_REPOSITORY",
];

export default defineRailway(() => {
  const dragonflyOps = service("dragonfly-ops", {
    // Named, so that a plan does not propose to unlink it.
    source: github(REPOSITORY, { branch: "main" }),

    build: {
      builder: "DOCKERFILE", // no detection: the image is what the Dockerfile says
      dockerfilePath: "Dockerfile",
    },

    deploy: {
      // Before it, so that no deploy meets tables of another age. A migration that fails stops the deploy: take the line
      // out for the one that has to go out while the database is down.
      preDeployCommand: ["/usr/local/bin/dragonfly-ops migrate"],
      healthcheckPath: "/api/health", // not /ready: a fix must be deployable while a dependency is down
      healthcheckTimeout: 60, // seconds; the process listens at once, so a minute is generous
      drainingSeconds: 30, // SIGTERM to SIGKILL; DRAIN_DELAY + DRAIN_TIMEOUT have to fit in
      overlapSeconds: 10, // old and new answer side by side, so that no monitor sees a gap
      restartPolicyType: "ON_FAILURE", // it exits 0 only when it was asked to
      restartPolicyMaxRetries: 10, // a process that cannot stay up is to be seen, not restarted for ever
      numReplicas: 1, // what it shares among callers, it shares within one process
    },

    env: {
      // The same drain and overlap once more, as variables: they hold wherever the settings above are not read.
      RAILWAY_DEPLOYMENT_DRAINING_SECONDS: "30",
      RAILWAY_DEPLOYMENT_OVERLAP_SECONDS: "10",
      ...Object.fromEntries(SET_ELSEWHERE.map((name) => [name, preserve()])),
    },
  });

  return project(PROJECT, { resources: [dragonflyOps] });
});
