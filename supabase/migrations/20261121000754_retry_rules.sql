-- Holdpoint, part 7.5.4: what a policy says about retries. A job keeps the policy version and the tier that admission gave it;
-- the numbers of a version never change, so they are as fixed as those two.

create table holdpoint.retry_rules (
  policy_version int primary key,
  rules jsonb not null check (jsonb_typeof(rules -> 'tiers') = 'object' and jsonb_typeof(rules -> 'classes') = 'object'),
  kept_at timestamptz not null default clock_timestamp()
);
alter table holdpoint.retry_rules enable row level security;
comment on table holdpoint.retry_rules is 'The retry tiers and class rules of each policy version that differ from the built-in ones, written by the first process that decides by it. Never changed.';

create function holdpoint.keep_retry_rules(p_worker uuid, p_key text, p_version int, p_rules jsonb) returns boolean
language plpgsql volatile security definer set search_path = '' as $$
begin
  perform holdpoint.check_worker(p_worker, p_key);
  insert into holdpoint.retry_rules (policy_version, rules) values (p_version, p_rules) on conflict (policy_version) do nothing;
  return found;
end $$;
comment on function holdpoint.keep_retry_rules(uuid, text, int, jsonb) is
  'What a policy version says about retries {tiers: {tier: {retries, backoff, base_ms, max_ms, retries_by_itself}}, classes: {class: {retry, used_up}}}, before the first decision by it. The first stays. False: it was kept before.';

create function holdpoint.tier_of(p_version int, p_tier public.retry_tier) returns public.retry_tiers
language sql stable set search_path = '' as $$
  select jsonb_populate_record(t, coalesce((select r.rules #> array['tiers', p_tier::text] from holdpoint.retry_rules r where r.policy_version = p_version), '{}'))
  from public.retry_tiers t where t.tier = p_tier
$$;
comment on function holdpoint.tier_of(int, public.retry_tier) is 'A tier''s numbers in a policy version: the built-in ones where it says nothing.';

create function holdpoint.class_rule(p_version int, p_class public.error_class, out retry boolean, out used_up text)
language sql stable set search_path = '' as $$
  select coalesce((o.rule ->> 'retry')::boolean, p_class not in ('bad_input', 'unsafe')),
    coalesce(o.rule ->> 'used_up', case when p_class in ('transient', 'timeout', 'lost') then 'dead' else 'quarantined' end)
  from (select (select r.rules #> array['classes', p_class::text] from holdpoint.retry_rules r where r.policy_version = p_version) as rule) o
$$;
comment on function holdpoint.class_rule(int, public.error_class) is
  'Is a failure of this class retried, and where does it lead when it is used up (and the type declares no effects)? CLASS_RULES of packages/policy where the policy version says nothing.';
