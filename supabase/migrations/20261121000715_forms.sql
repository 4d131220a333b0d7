-- Holdpoint, part 7a: values that an approver fills in. A job type declares the fields (packages/policy/src/form.ts); the
-- values are outside the plan, and the decision binds the hash of the plan's hash and the canonical values.

create function holdpoint.form_text(p_form jsonb) returns text
language sql immutable set search_path = '' as $$
  select '{' || coalesce(string_agg(to_json(f.key)::text || ':'
    || case jsonb_typeof(f.value) when 'number' then trim_scale((f.value #>> '{}')::numeric)::text else f.value::text end, ',' order by f.key collate "C"), '') || '}'
  from jsonb_each(p_form) f
$$;
comment on function holdpoint.form_text(jsonb) is 'Canonical JSON of filled-in values: keys by byte, no spaces, numbers without trailing zeros.';

create function holdpoint.form_hash(p_plan_hash bytea, p_form jsonb) returns bytea
language sql immutable set search_path = '' as $$
  select sha256(p_plan_hash || sha256(convert_to(holdpoint.form_text(p_form), 'UTF8')))
$$;
comment on function holdpoint.form_hash(bytea, jsonb) is 'What a decision with values binds: sha256 of the plan''s hash and the sha256 of the canonical values; without values, of {}.';

create function holdpoint.form_problem(p_field jsonb, p_value jsonb) returns text
language sql immutable set search_path = '' as $$
  select case
    when p_value is null or p_value in ('null', '""') then case when coalesce((p_field ->> 'required')::boolean, true) then 'must be filled in' end
    when p_field ->> 'type' = 'text' then
      case when jsonb_typeof(p_value) <> 'string' or length(p_value #>> '{}') > (p_field ->> 'max')::int then 'must be text of at most ' || (p_field ->> 'max') || ' characters' end
    when p_field ->> 'type' = 'choice' then
      case when jsonb_typeof(p_value) <> 'string' or not p_field -> 'choices' ? (p_value #>> '{}') then 'must be one of ' || (select string_agg(c, ', ') from jsonb_array_elements_text(p_field -> 'choices') c) end
    when p_field ->> 'type' = 'boolean' then case when jsonb_typeof(p_value) <> 'boolean' then 'must be true or false' end
    when p_field ->> 'type' = 'number' then
      case when jsonb_typeof(p_value) <> 'number' then 'must be a number'
        when (p_value #>> '{}')::numeric not between (p_field ->> 'min')::numeric and (p_field ->> 'max')::numeric
          or ((p_field ->> 'whole')::boolean and (p_value #>> '{}')::numeric % 1 <> 0)
        then 'must be a ' || case when (p_field ->> 'whole')::boolean then 'whole number' else 'number' end || ' from ' || (p_field ->> 'min') || ' to ' || (p_field ->> 'max') end
    else 'is of a type that is not known' end
$$;
comment on function holdpoint.form_problem(jsonb, jsonb) is 'Why a value does not fit its declared field; null when it does. checkForm() of packages/policy says the same, and a test compares them.';

create function holdpoint.check_fields(p_fields jsonb, p_form jsonb) returns jsonb
language plpgsql immutable set search_path = '' as $$
declare v_fields jsonb := p_fields; v record;
begin
  if p_form is not null and jsonb_typeof(p_form) <> 'object' then
    perform holdpoint.fail(400, 'bad_form', 'The values must be one JSON object.', 'form');
  end if;
  select k.key into v from jsonb_object_keys(coalesce(p_form, '{}')) k(key)
  where not exists (select 1 from jsonb_array_elements(coalesce(v_fields, '[]')) f where f ->> 'name' = k.key) order by k.key limit 1;
  if found then
    perform holdpoint.fail(400, 'bad_form', '"' || left(v.key, 60) || '" is not a field of this form.', 'form.' || left(v.key, 60),
      'Fields: ' || coalesce((select string_agg(f ->> 'name', ', ') from jsonb_array_elements(coalesce(v_fields, '[]')) f), 'none'));
  end if;
  if jsonb_array_length(coalesce(v_fields, '[]')) = 0 then return null; end if;
  select f ->> 'name' as name, holdpoint.form_problem(f, p_form -> (f ->> 'name')) as problem into v
  from jsonb_array_elements(v_fields) with ordinality x(f, n) where holdpoint.form_problem(f, p_form -> (f ->> 'name')) is not null order by n limit 1;
  if found then
    perform holdpoint.fail(400, 'bad_form', '"' || v.name || '" ' || v.problem || '.', 'form.' || v.name);
  end if;
  return (select coalesce(jsonb_object_agg(e.key, e.value), '{}') from jsonb_each(coalesce(p_form, '{}')) e where e.value not in ('null', '""'));
end $$;
comment on function holdpoint.check_fields(jsonb, jsonb) is 'The values of a decision, checked against declared fields: what is kept, or null when there are none. 400 bad_form names the field.';

create function holdpoint.check_form(p_job public.jobs, p_form jsonb) returns jsonb
language sql stable set search_path = '' as $$
  select holdpoint.check_fields((select t.form from public.job_types t where t.name = p_job.type and t.version = p_job.type_version), p_form)
$$;
comment on function holdpoint.check_form(public.jobs, jsonb) is 'The values of a decision about a plan, checked against the fields that the job''s type declares.';

create function holdpoint.read_form(p_worker uuid, p_key text, p_job uuid, p_token bigint) returns jsonb
language plpgsql volatile security definer set search_path = '' as $$
begin
  perform holdpoint.require_lease(p_worker, p_key, p_job, p_token, false);
  return coalesce((select d.form from public.jobs j join public.decisions d on d.id = j.decision_id and d.job_id = j.id where j.id = p_job), '{}');
end $$;
comment on function holdpoint.read_form(uuid, text, uuid, bigint) is 'The values that the approver of this run filled in; {} without any. For the run''s own lease.';
