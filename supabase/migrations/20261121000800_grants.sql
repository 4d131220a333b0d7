-- Holdpoint, part 8: rights. Platforms grant too much (local) or nothing (hosted): revoke everything, then grant by name.

-- Without IN SCHEMA: the form with it has no effect on functions (SUPABASE.md, part 4).
alter default privileges revoke execute on functions from public;
alter default privileges in schema public revoke all on tables from anon, authenticated, service_role;
alter default privileges in schema public revoke all on functions from anon, authenticated, service_role;
alter default privileges in schema public revoke all on sequences from anon, authenticated, service_role;

revoke all on all tables in schema public, holdpoint from public, anon, authenticated, service_role, holdpoint_worker, holdpoint_web;
revoke all on all sequences in schema public, holdpoint from public, anon, authenticated, service_role, holdpoint_worker, holdpoint_web;
revoke all on all functions in schema public, holdpoint from public, anon, authenticated, service_role, holdpoint_worker, holdpoint_web;
revoke all on schema holdpoint from public, anon, authenticated, service_role, holdpoint_worker, holdpoint_web;

grant usage on schema public to authenticated;
grant usage on schema holdpoint to authenticated, holdpoint_worker, holdpoint_web;

grant select on public.jobs, public.runs, public.job_events, public.venture_events, public.plans, public.decisions, public.blocks, public.limits, public.caps,
  public.ledger_entries, public.ledger, public.reservations, public.cap_usage,
  public.comments, public.waits, public.signals, public.standing_approvals, public.standing_signatures,
  public.ventures, public.operators, public.memberships, public.job_types, public.workers, public.duties, public.evidence, public.artifacts, public.run_logs,
  public.steps, public.effects, public.tasks,
  public.incidents, public.incident_reasons, public.worker_code, public.job_links, public.bulk_operations, public.bulk_items, public.alerts, public.settings, public.retry_tiers, public.policies to authenticated;

do $$
declare v record;
begin
  -- People's verbs and queries, and the helpers that run with their rights.
  for v in select p.oid::regprocedure as f from pg_proc p join pg_namespace n on n.oid = p.pronamespace
    where (n.nspname = 'public' and p.proname = any (array['whoami', 'my_venture_keys', 'list_jobs', 'job_detail', 'queue_counts', 'now_facts', 'add_venture', 'submit_job',
        -- waits
        'send_signal', 'add_standing', 'sign_standing', 'end_standing', 'list_standing',
        -- proof
        'audit_status', 'job_proof', 'set_retention', 'retention_status',
        -- decisions
        'add_comment', 'open_details', 'decision_measures',
        'request_preview', 'read_preview', 'cancel_job', 'decide', 'engage_stop', 'confirm_stop', 'lift_stop', 'stop_status', 'password_changed', 'activate_policy', 'policy_history',
        -- controls
        'pause_work', 'resume_work', 'drain_worker', 'undrain_worker', 'kill_worker', 'worker_detail', 'invite_operator', 'set_operator_role', 'deactivate_operator', 'activate_operator',
        'reset_operator_password', 'operator_sessions', 'end_operator_sessions',
        -- recovery
        'list_incidents', 'incident_pack', 'job_comparison', 'quarantine_subject', 'resolve_incident', 'preview_bulk', 'start_bulk', 'stop_bulk', 'list_bulk', 'resubmit_job', 'replay_job',
        -- money
        'list_limits', 'set_limit', 'set_fleet_limits',
        'list_caps', 'set_cap', 'override_cap', 'clear_overrun', 'list_ledger', 'ledger_balance', 'correct_authorisation']))
      or (n.nspname = 'holdpoint' and p.proname = any (array['live_operator', 'my_ventures', 'role_in', 'require_operator', 'count_waiting', 'count_inbox', 'fail', 'only_fields', 'job_json', 'blocked_by', 'covers', 'lane_of_queue', 'approval_status', 'open_call', 'standing_json', 'optional_boolean', 'job_links', 'job_facts', 'last_success', 'bulk_json']))
  loop
    execute format('grant execute on function %s to authenticated', v.f);
  end loop;
  -- Runtime: each checks the process's key itself.
  for v in select p.oid::regprocedure as f from pg_proc p join pg_namespace n on n.oid = p.pronamespace
    where n.nspname = 'holdpoint' and p.proname = any (array['register_worker', 'free_dead_workers', 'end_worker', 'heartbeat', 'control_no', 'read_control', 'pick_ready', 'claim_jobs',
      'settle_runs', 'begin_effect', 'finish_effect', 'begin_wait', 'save_steps', 'read_steps', 'read_form', 'write_logs', 'save_artifact', 'save_evidence', 'quarantine_found', 'pick_submitted', 'admit_jobs', 'defer_admission', 'submit_jobs', 'open_previews',
      'answer_preview', 'read_policy', 'put_off_admission', 'readmit_held', 'lead_duty', 'note_duty', 'reap', 'expire_jobs', 'tend_blocks', 'check_database', 'prune', 'ensure_partitions', 'seal', 'read_checkpoints', 'note_anchor', 'prepare_drop', 'drop_month', 'prune_dropped', 'dropped_ranges', 'removable_jobs', 'pick_tasks', 'read_tasks',
      'finish_task', 'plan_reminder', 'ask_alert', 'raise_alert',
      'step_bulk', 'keep_retry_rules'])
  loop
    execute format('grant execute on function %s to holdpoint_worker', v.f);
  end loop;
  for v in select p.oid::regprocedure as f from pg_proc p join pg_namespace n on n.oid = p.pronamespace
    where n.nspname = 'holdpoint' and p.proname = any (array['read_feed', 'feed_head', 'feed_behind'])
  loop
    execute format('grant execute on function %s to holdpoint_web', v.f);
  end loop;
end $$;

-- A runtime call waits at most 2 s for a lock, and an idle transaction never holds the feed back.
alter role holdpoint_worker set lock_timeout = '2s';
alter role holdpoint_worker set idle_in_transaction_session_timeout = '15s';
alter role holdpoint_worker set statement_timeout = '60s';
alter role holdpoint_web set statement_timeout = '10s';
alter role holdpoint_web set idle_in_transaction_session_timeout = '15s';
