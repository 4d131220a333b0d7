/** What must always hold of money. Each query answers rows only when a rule is broken. */
export const MONEY_RULES: Readonly<Record<string, string>> = {
  "each entry of the ledger sums to zero": `
    select entry, sum(amount_microusd) from public.ledger group by entry having sum(amount_microusd) <> 0`,
  "no account of a run but its budget goes below zero": `
    select job_id, run_no, account, sum(amount_microusd) from public.ledger where account <> 'budget'
    group by job_id, run_no, account having sum(amount_microusd) < 0`,
  "a reservation says what its ledger says": `
    with l as (
      select job_id, run_no, day, week, coalesce(sum(amount_microusd) filter (where account = 'reserved'), 0) as reserved,
        coalesce(sum(amount_microusd) filter (where account = 'authorised'), 0) as authorised,
        coalesce(sum(amount_microusd) filter (where account = 'captured'), 0) as captured,
        coalesce(sum(amount_microusd) filter (where account = 'overrun'), 0) as overrun
      from public.ledger group by job_id, run_no, day, week)
    select coalesce(l.job_id, r.job_id) as job, r, l from l full join public.reservations r using (job_id, run_no, day, week)
    where (r.left_microusd, r.authorised_microusd, r.captured_microusd, r.overrun_microusd) is distinct from (coalesce(l.reserved, 0), coalesce(l.authorised, 0), coalesce(l.captured, 0), coalesce(l.overrun, 0))`,
  "a cap's usage is the sum of its period's reservations": `
    select u.*, r.* from public.cap_usage u
    cross join lateral (
      select coalesce(sum(r.left_microusd), 0) as reserved, coalesce(sum(r.authorised_microusd), 0) as authorised,
        coalesce(sum(r.captured_microusd), 0) as captured, coalesce(sum(r.overrun_microusd), 0) as overrun
      from public.reservations r
      where (u.scope = 'everything' or r.venture = u.key) and u.starts = case u.period when 'day' then r.day else r.week end
    ) r
    where (u.reserved_microusd, u.authorised_microusd, u.captured_microusd, u.overrun_microusd) is distinct from (r.reserved, r.authorised, r.captured, r.overrun)`,
  "authorised, captured and reserved never pass the highest cap of the period": `
    select u.* from public.cap_usage u where reserved_microusd + authorised_microusd + captured_microusd > limit_microusd`,
  "money is set aside exactly while a paid run is open": `
    select j.id, r.* from public.jobs j full join (select * from public.reservations where closed_at is null) r on r.job_id = j.id
    where (coalesce(j.state = 'running', false) and j.paid) <> (r.job_id is not null) or (r.job_id is not null and r.run_no <> j.run_no)`,
  "never more than its ceiling is committed for a job, overruns apart": `
    select j.id, j.ceiling_microusd, sum(r.left_microusd + r.authorised_microusd + r.captured_microusd) from public.jobs j
    join public.reservations r on r.job_id = j.id group by j.id, j.ceiling_microusd
    having sum(r.left_microusd + r.authorised_microusd + r.captured_microusd) > j.ceiling_microusd`,
  "a full cap blocks what it covers, and only while something waits under it": `
    select b.key, w.scope, w.key from (select * from public.blocks where kind = 'cap') b
    full join (
      select distinct c.scope, c.key from public.caps c cross join lateral holdpoint.periods_at(clock_timestamp()) p
      join public.cap_usage u on u.scope = c.scope and u.key = c.key and u.period = c.period and u.starts = case c.period when 'day' then p.day else p.week end
      where u.reserved_microusd + u.authorised_microusd + u.captured_microusd + u.overrun_microusd + u.refused_microusd > holdpoint.cap_at(c, clock_timestamp())
    ) w on w.key = b.key
    where w.scope is null or (b.id is null)`,
};
