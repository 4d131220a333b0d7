/**
 * Every right that anyone but the owner has in the schemas of Holdpoint. The sweep compares this list with the
 * catalogue, in both directions: a new grant is added here on purpose or not at all.
 */

/** Schemas that a role may use; nobody but the owner creates in them. */
export const SCHEMA_USAGE: Readonly<Record<string, readonly string[]>> = {
  // PUBLIC is what PostgreSQL itself grants: a name to look in, no table and no function in it.
  public: ["PUBLIC", "authenticated"],
  holdpoint: ["authenticated", "holdpoint_worker", "holdpoint_web"],
};

/** Tables that signed-in people may select from, under row-level security. Nobody has any other right on any table. */
export const READABLE: readonly string[] = [
  "alerts",
  "artifacts",
  "blocks",
  "cap_usage",
  "caps",
  "decisions",
  "duties",
  "effects",
  "evidence",
  "failures",
  "job_events",
  "job_types",
  "jobs",
  "ledger",
  "limits",
  "memberships",
  "operators",
  "plans",
  "reservations",
  "retry_tiers",
  "run_logs",
  "runs",
  "settings",
  "steps",
  "tasks",
  "venture_events",
  "ventures",
  "workers",
];

/** Functions by who may call them. */
export const CALLABLE: Readonly<Record<string, readonly string[]>> = {
  authenticated: [
    "holdpoint.blocked_by",
    "holdpoint.count_inbox",
    "holdpoint.count_waiting",
    "holdpoint.fail",
    "holdpoint.job_json",
    "holdpoint.lane_of_queue",
    "holdpoint.live_operator",
    "holdpoint.my_ventures",
    "holdpoint.only_fields",
    "holdpoint.require_operator",
    "holdpoint.role_in",
    "public.add_venture",
    "public.cancel_job",
    "public.confirm_stop",
    "public.decide",
    "public.engage_stop",
    "public.job_detail",
    "public.lift_stop",
    "public.list_jobs",
    "public.my_venture_keys",
    "public.now_facts",
    "public.password_changed",
    "public.queue_counts",
    "public.read_preview",
    "public.request_preview",
    "public.stop_status",
    "public.submit_job",
    "public.whoami",
  ],
  holdpoint_worker: [
    "holdpoint.admit_jobs",
    "holdpoint.answer_preview",
    "holdpoint.ask_alert",
    "holdpoint.check_database",
    "holdpoint.claim_jobs",
    "holdpoint.control_no",
    "holdpoint.defer_admission",
    "holdpoint.end_worker",
    "holdpoint.ensure_partitions",
    "holdpoint.expire_jobs",
    "holdpoint.finish_task",
    "holdpoint.free_dead_workers",
    "holdpoint.heartbeat",
    "holdpoint.lead_duty",
    "holdpoint.lose_own_run",
    "holdpoint.note_duty",
    "holdpoint.open_previews",
    "holdpoint.pick_ready",
    "holdpoint.pick_submitted",
    "holdpoint.pick_tasks",
    "holdpoint.plan_reminder",
    "holdpoint.prune",
    "holdpoint.raise_alert",
    "holdpoint.read_control",
    "holdpoint.read_fleet",
    "holdpoint.read_steps",
    "holdpoint.read_tasks",
    "holdpoint.read_ventures",
    "holdpoint.reap",
    "holdpoint.register_worker",
    "holdpoint.save_artifact",
    "holdpoint.save_evidence",
    "holdpoint.save_steps",
    "holdpoint.seal",
    "holdpoint.settle_runs",
    "holdpoint.submit_jobs",
    "holdpoint.tend_blocks",
    "holdpoint.write_logs",
  ],
  holdpoint_web: ["holdpoint.feed_behind", "holdpoint.feed_head", "holdpoint.read_feed"],
};

/** Functions of the data API that read under the caller's own row-level security; every other one is a definer. */
export const INVOKERS: readonly string[] = ["job_detail", "list_jobs", "now_facts", "queue_counts"];

/** Who is a member of whom. The Lite host's login is anon and authenticated, and nothing else. */
export const MEMBERSHIPS: readonly string[] = ["holdpoint_rest in anon", "holdpoint_rest in authenticated"];
