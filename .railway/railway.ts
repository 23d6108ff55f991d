import { defineRailway, github, preserve, project, service } from "railway/iac";

// This file speaks for one service: what else the project holds is none of its business.
export const partial = "dragonfly-ops";

const PROJECT = "dragonfly";
const REPOSITORY = "dragonfly-civil/dragonfly-ops";

export default defineRailway(() => {
  const dragonflyOps = service("dragonfly-ops", {
    // Named, so that a plan does not propose to unlink it.
    source: github(REPOSITORY, { branch: "main" }),

    build: {
      builder: "DOCKERFILE", // no detection: the image is what the Dockerfile says
      dockerfilePath: "Dockerfile",
    },

    deploy: {
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
      SUPABASE_MODE: "prod",

      // Set in the dashboard and kept: a variable that is not named here can be planned for removal.
      DATABASE_URL: preserve(),
      DATABASE_DIRECT_URL: preserve(),
      SUPABASE_URL: preserve(),
      SUPABASE_SERVICE_ROLE_KEY: preserve(),
      OPS_TOKEN: preserve(),
      OPS_READ_TOKEN: preserve(),
    },
  });

  return project(PROJECT, { resources: [dragonflyOps] });
});
