export type Json =
  | string
  | number
  | boolean
  | null
  | { [key: string]: Json | undefined }
  | Json[]

export type Database = {
  public: {
    Tables: {
      alerts: {
        Row: {
          at: string
          delivered: NonNullable<Json>
          id: string
          job_id: string | null
          kind: string
          title: string
          venture: string
        }
        Insert: {
          at: string
          delivered?: NonNullable<Json>
          id: string
          job_id?: string | null
          kind: string
          title: string
          venture: string
        }
        Update: {
          at?: string
          delivered?: NonNullable<Json>
          id?: string
          job_id?: string | null
          kind?: string
          title?: string
          venture?: string
        }
        Relationships: []
      }
      artifacts: {
        Row: {
          bytes: number
          created_at: string
          facts: NonNullable<Json>
          id: string
          job_id: string
          media_type: string
          name: string
          path: string
          run_no: number
          sha256: string
          venture: string
        }
        Insert: {
          bytes: number
          created_at: string
          facts?: NonNullable<Json>
          id: string
          job_id: string
          media_type: string
          name: string
          path: string
          run_no: number
          sha256: string
          venture: string
        }
        Update: {
          bytes?: number
          created_at?: string
          facts?: NonNullable<Json>
          id?: string
          job_id?: string
          media_type?: string
          name?: string
          path?: string
          run_no?: number
          sha256?: string
          venture?: string
        }
        Relationships: []
      }
      blocks: {
        Row: {
          by_id: string
          by_kind: string
          effective_at: string | null
          id: string
          key: string
          kind: Database["public"]["Enums"]["block_kind"]
          reason: string
          scope: Database["public"]["Enums"]["block_scope"]
          since: string
          told_at: string | null
          venture: string
          wake_at: string | null
        }
        Insert: {
          by_id: string
          by_kind: string
          effective_at?: string | null
          id: string
          key: string
          kind: Database["public"]["Enums"]["block_kind"]
          reason: string
          scope: Database["public"]["Enums"]["block_scope"]
          since: string
          told_at?: string | null
          venture: string
          wake_at?: string | null
        }
        Update: {
          by_id?: string
          by_kind?: string
          effective_at?: string | null
          id?: string
          key?: string
          kind?: Database["public"]["Enums"]["block_kind"]
          reason?: string
          scope?: Database["public"]["Enums"]["block_scope"]
          since?: string
          told_at?: string | null
          venture?: string
          wake_at?: string | null
        }
        Relationships: [
          {
            foreignKeyName: "blocks_venture_fkey"
            columns: ["venture"]
            referencedRelation: "ventures"
            referencedColumns: ["key"]
          },
        ]
      }
      bulk_items: {
        Row: {
          at: string | null
          detail: string | null
          incident_id: string
          job_id: string
          operation_id: string
          state: string
          venture: string
        }
        Insert: {
          at?: string | null
          detail?: string | null
          incident_id: string
          job_id: string
          operation_id: string
          state?: string
          venture: string
        }
        Update: {
          at?: string | null
          detail?: string | null
          incident_id?: string
          job_id?: string
          operation_id?: string
          state?: string
          venture?: string
        }
        Relationships: [
          {
            foreignKeyName: "bulk_items_operation_id_fkey"
            columns: ["operation_id"]
            referencedRelation: "bulk_operations"
            referencedColumns: ["id"]
          },
        ]
      }
      bulk_operations: {
        Row: {
          as_of: string
          by_email: string
          by_user: string
          done: number
          ended_at: string | null
          filter: NonNullable<Json>
          id: string
          next_at: string
          per_minute: number
          reason: string
          refused: number
          skipped: number
          started_at: string
          state: string
          stopped_by: string | null
          total: number
          venture: string
          verb: string
        }
        Insert: {
          as_of: string
          by_email: string
          by_user: string
          done?: number
          ended_at?: string | null
          filter: NonNullable<Json>
          id: string
          next_at: string
          per_minute: number
          reason: string
          refused?: number
          skipped?: number
          started_at: string
          state?: string
          stopped_by?: string | null
          total: number
          venture: string
          verb: string
        }
        Update: {
          as_of?: string
          by_email?: string
          by_user?: string
          done?: number
          ended_at?: string | null
          filter?: NonNullable<Json>
          id?: string
          next_at?: string
          per_minute?: number
          reason?: string
          refused?: number
          skipped?: number
          started_at?: string
          state?: string
          stopped_by?: string | null
          total?: number
          venture?: string
          verb?: string
        }
        Relationships: [
          {
            foreignKeyName: "bulk_operations_venture_fkey"
            columns: ["venture"]
            referencedRelation: "ventures"
            referencedColumns: ["key"]
          },
        ]
      }
      cap_usage: {
        Row: {
          authorised_microusd: number
          captured_microusd: number
          key: string
          limit_microusd: number
          overrun_microusd: number
          period: Database["public"]["Enums"]["cap_period"]
          refused_microusd: number | null
          reserved_microusd: number
          scope: Database["public"]["Enums"]["block_scope"]
          starts: string
          venture: string
        }
        Insert: {
          authorised_microusd?: number
          captured_microusd?: number
          key: string
          limit_microusd: number
          overrun_microusd?: number
          period: Database["public"]["Enums"]["cap_period"]
          refused_microusd?: number | null
          reserved_microusd?: number
          scope: Database["public"]["Enums"]["block_scope"]
          starts: string
          venture: string
        }
        Update: {
          authorised_microusd?: number
          captured_microusd?: number
          key?: string
          limit_microusd?: number
          overrun_microusd?: number
          period?: Database["public"]["Enums"]["cap_period"]
          refused_microusd?: number | null
          reserved_microusd?: number
          scope?: Database["public"]["Enums"]["block_scope"]
          starts?: string
          venture?: string
        }
        Relationships: [
          {
            foreignKeyName: "cap_usage_venture_fkey"
            columns: ["venture"]
            referencedRelation: "ventures"
            referencedColumns: ["key"]
          },
        ]
      }
      caps: {
        Row: {
          cap_microusd: number
          key: string
          override_by: string | null
          override_microusd: number | null
          override_until: string | null
          period: Database["public"]["Enums"]["cap_period"]
          scope: Database["public"]["Enums"]["block_scope"]
          set_at: string
          set_by: string
          threshold_microusd: number | null
          venture: string
        }
        Insert: {
          cap_microusd: number
          key: string
          override_by?: string | null
          override_microusd?: number | null
          override_until?: string | null
          period: Database["public"]["Enums"]["cap_period"]
          scope: Database["public"]["Enums"]["block_scope"]
          set_at?: string
          set_by: string
          threshold_microusd?: number | null
          venture: string
        }
        Update: {
          cap_microusd?: number
          key?: string
          override_by?: string | null
          override_microusd?: number | null
          override_until?: string | null
          period?: Database["public"]["Enums"]["cap_period"]
          scope?: Database["public"]["Enums"]["block_scope"]
          set_at?: string
          set_by?: string
          threshold_microusd?: number | null
          venture?: string
        }
        Relationships: [
          {
            foreignKeyName: "caps_venture_fkey"
            columns: ["venture"]
            referencedRelation: "ventures"
            referencedColumns: ["key"]
          },
        ]
      }
      comments: {
        Row: {
          at: string
          by_email: string
          by_user: string
          id: string
          job_id: string
          text: string
          venture: string
        }
        Insert: {
          at: string
          by_email: string
          by_user: string
          id: string
          job_id: string
          text: string
          venture: string
        }
        Update: {
          at?: string
          by_email?: string
          by_user?: string
          id?: string
          job_id?: string
          text?: string
          venture?: string
        }
        Relationships: []
      }
      decisions: {
        Row: {
          at: string
          by_email: string
          by_user: string
          completes: string | null
          expires_at: string | null
          form: Json | null
          form_hash: string | null
          id: string
          job_id: string
          job_type: string
          plan_hash: string | null
          reason: string | null
          retries_used: number
          run_no: number
          standing_id: string | null
          undoes: string | null
          venture: string
          verb: Database["public"]["Enums"]["decision_verb"]
          waited_ms: number
        }
        Insert: {
          at: string
          by_email: string
          by_user: string
          completes?: string | null
          expires_at?: string | null
          form?: Json | null
          form_hash?: string | null
          id: string
          job_id: string
          job_type: string
          plan_hash?: string | null
          reason?: string | null
          retries_used: number
          run_no: number
          standing_id?: string | null
          undoes?: string | null
          venture: string
          verb: Database["public"]["Enums"]["decision_verb"]
          waited_ms: number
        }
        Update: {
          at?: string
          by_email?: string
          by_user?: string
          completes?: string | null
          expires_at?: string | null
          form?: Json | null
          form_hash?: string | null
          id?: string
          job_id?: string
          job_type?: string
          plan_hash?: string | null
          reason?: string | null
          retries_used?: number
          run_no?: number
          standing_id?: string | null
          undoes?: string | null
          venture?: string
          verb?: Database["public"]["Enums"]["decision_verb"]
          waited_ms?: number
        }
        Relationships: [
          {
            foreignKeyName: "decisions_completes_fkey"
            columns: ["completes"]
            referencedRelation: "decisions"
            referencedColumns: ["id"]
          },
          {
            foreignKeyName: "decisions_undoes_fkey"
            columns: ["undoes"]
            referencedRelation: "decisions"
            referencedColumns: ["id"]
          },
        ]
      }
      duties: {
        Row: {
          epoch: number
          last_error: string | null
          last_run_at: string | null
          leader_until: string | null
          name: string
          worker_id: string | null
        }
        Insert: {
          epoch?: number
          last_error?: string | null
          last_run_at?: string | null
          leader_until?: string | null
          name: string
          worker_id?: string | null
        }
        Update: {
          epoch?: number
          last_error?: string | null
          last_run_at?: string | null
          leader_until?: string | null
          name?: string
          worker_id?: string | null
        }
        Relationships: []
      }
      effects: {
        Row: {
          authorised_run: number | null
          cost_microusd: number | null
          dedupe_until: string | null
          dry_run: boolean
          intent_at: string
          job_id: string
          key: string
          kind: Database["public"]["Enums"]["effect_kind"]
          max_microusd: number
          not_after: string
          outcome: string | null
          receipt: Json | null
          run_no: number
          settle: Database["public"]["Enums"]["effect_settlement"]
          settled_at: string | null
          token: number
          tries: number
          unknown_at: string | null
          venture: string
        }
        Insert: {
          authorised_run?: number | null
          cost_microusd?: number | null
          dedupe_until?: string | null
          dry_run?: boolean
          intent_at: string
          job_id: string
          key: string
          kind: Database["public"]["Enums"]["effect_kind"]
          max_microusd?: number
          not_after: string
          outcome?: string | null
          receipt?: Json | null
          run_no: number
          settle: Database["public"]["Enums"]["effect_settlement"]
          settled_at?: string | null
          token: number
          tries?: number
          unknown_at?: string | null
          venture: string
        }
        Update: {
          authorised_run?: number | null
          cost_microusd?: number | null
          dedupe_until?: string | null
          dry_run?: boolean
          intent_at?: string
          job_id?: string
          key?: string
          kind?: Database["public"]["Enums"]["effect_kind"]
          max_microusd?: number
          not_after?: string
          outcome?: string | null
          receipt?: Json | null
          run_no?: number
          settle?: Database["public"]["Enums"]["effect_settlement"]
          settled_at?: string | null
          token?: number
          tries?: number
          unknown_at?: string | null
          venture?: string
        }
        Relationships: []
      }
      evidence: {
        Row: {
          facts: NonNullable<Json>
          finding: string
          id: string
          job_id: string | null
          kind: string
          ok: boolean
          run_no: number | null
          seen_at: string
          source: string
          stale_at: string
          subject: string
          venture: string
        }
        Insert: {
          facts?: NonNullable<Json>
          finding: string
          id: string
          job_id?: string | null
          kind: string
          ok: boolean
          run_no?: number | null
          seen_at: string
          source: string
          stale_at: string
          subject: string
          venture: string
        }
        Update: {
          facts?: NonNullable<Json>
          finding?: string
          id?: string
          job_id?: string | null
          kind?: string
          ok?: boolean
          run_no?: number | null
          seen_at?: string
          source?: string
          stale_at?: string
          subject?: string
          venture?: string
        }
        Relationships: [
          {
            foreignKeyName: "evidence_venture_fkey"
            columns: ["venture"]
            referencedRelation: "ventures"
            referencedColumns: ["key"]
          },
        ]
      }
      incident_reasons: {
        Row: {
          reason: string
          recommended: string
          severity: string
        }
        Insert: {
          reason: string
          recommended: string
          severity: string
        }
        Update: {
          reason?: string
          recommended?: string
          severity?: string
        }
        Relationships: []
      }
      incidents: {
        Row: {
          created_at: string
          decision_id: string | null
          error_class: Database["public"]["Enums"]["error_class"] | null
          evidence: NonNullable<Json>
          finding: string
          id: string
          job_id: string | null
          opened_by_id: string
          opened_by_kind: string
          reason: string
          recommended: string
          resolution: string | null
          resolved_at: string | null
          resolved_by: string | null
          run_no: number | null
          severity: string
          state: Database["public"]["Enums"]["job_state"]
          subject: string
          subject_kind: string
          venture: string
        }
        Insert: {
          created_at: string
          decision_id?: string | null
          error_class?: Database["public"]["Enums"]["error_class"] | null
          evidence?: NonNullable<Json>
          finding: string
          id: string
          job_id?: string | null
          opened_by_id: string
          opened_by_kind: string
          reason: string
          recommended: string
          resolution?: string | null
          resolved_at?: string | null
          resolved_by?: string | null
          run_no?: number | null
          severity: string
          state: Database["public"]["Enums"]["job_state"]
          subject: string
          subject_kind: string
          venture: string
        }
        Update: {
          created_at?: string
          decision_id?: string | null
          error_class?: Database["public"]["Enums"]["error_class"] | null
          evidence?: NonNullable<Json>
          finding?: string
          id?: string
          job_id?: string | null
          opened_by_id?: string
          opened_by_kind?: string
          reason?: string
          recommended?: string
          resolution?: string | null
          resolved_at?: string | null
          resolved_by?: string | null
          run_no?: number | null
          severity?: string
          state?: Database["public"]["Enums"]["job_state"]
          subject?: string
          subject_kind?: string
          venture?: string
        }
        Relationships: [
          {
            foreignKeyName: "incidents_decision_id_fkey"
            columns: ["decision_id"]
            referencedRelation: "decisions"
            referencedColumns: ["id"]
          },
          {
            foreignKeyName: "incidents_reason_fkey"
            columns: ["reason"]
            referencedRelation: "incident_reasons"
            referencedColumns: ["reason"]
          },
          {
            foreignKeyName: "incidents_venture_fkey"
            columns: ["venture"]
            referencedRelation: "ventures"
            referencedColumns: ["key"]
          },
        ]
      }
      job_events: {
        Row: {
          at: string
          body: string
          hash: string
          seq: number
          stream: string
          type: string
          venture: string
        }
        Insert: {
          at: string
          body: string
          hash: string
          seq: number
          stream: string
          type: string
          venture: string
        }
        Update: {
          at?: string
          body?: string
          hash?: string
          seq?: number
          stream?: string
          type?: string
          venture?: string
        }
        Relationships: []
      }
      job_links: {
        Row: {
          at: string
          by_email: string
          dry_run: boolean
          from_step: string | null
          job_id: string
          kind: string
          of_job: string
          payload_edited: boolean
          venture: string
        }
        Insert: {
          at: string
          by_email: string
          dry_run?: boolean
          from_step?: string | null
          job_id: string
          kind: string
          of_job: string
          payload_edited: boolean
          venture: string
        }
        Update: {
          at?: string
          by_email?: string
          dry_run?: boolean
          from_step?: string | null
          job_id?: string
          kind?: string
          of_job?: string
          payload_edited?: boolean
          venture?: string
        }
        Relationships: []
      }
      job_types: {
        Row: {
          announced_at: string
          approval: boolean
          ceiling_microusd: number
          code_hash: string
          concurrency: Json | null
          description: string
          effect_kinds: Database["public"]["Enums"]["effect_kind"][]
          estimate_microusd: number
          form: NonNullable<Json>
          lease_ms: number | null
          name: string
          payload_schema: NonNullable<Json>
          providers: string[]
          queue: Database["public"]["Enums"]["job_queue"] | null
          size: Database["public"]["Enums"]["job_size"]
          timeout_ms: number
          version: number
        }
        Insert: {
          announced_at?: string
          approval?: boolean
          ceiling_microusd?: number
          code_hash: string
          concurrency?: Json | null
          description?: string
          effect_kinds?: Database["public"]["Enums"]["effect_kind"][]
          estimate_microusd?: number
          form?: NonNullable<Json>
          lease_ms?: number | null
          name: string
          payload_schema: NonNullable<Json>
          providers?: string[]
          queue?: Database["public"]["Enums"]["job_queue"] | null
          size: Database["public"]["Enums"]["job_size"]
          timeout_ms: number
          version: number
        }
        Update: {
          announced_at?: string
          approval?: boolean
          ceiling_microusd?: number
          code_hash?: string
          concurrency?: Json | null
          description?: string
          effect_kinds?: Database["public"]["Enums"]["effect_kind"][]
          estimate_microusd?: number
          form?: NonNullable<Json>
          lease_ms?: number | null
          name?: string
          payload_schema?: NonNullable<Json>
          providers?: string[]
          queue?: Database["public"]["Enums"]["job_queue"] | null
          size?: Database["public"]["Enums"]["job_size"]
          timeout_ms?: number
          version?: number
        }
        Relationships: []
      }
      jobs: {
        Row: {
          admit_at: string | null
          admit_tries: number
          approval: Json | null
          cancel_reason: string | null
          cancel_requested_at: string | null
          ceiling_microusd: number
          concurrency_key: string | null
          cost_microusd: number
          created_at: string
          deaths: number
          decided_from: Database["public"]["Enums"]["job_state"] | null
          decision_id: string | null
          dispatch_no: number
          end_by: string | null
          ended_at: string | null
          estimate_microusd: number
          head: string
          held_for: Database["public"]["Enums"]["held_reason"] | null
          held_until: string | null
          id: string
          idempotency_key: string | null
          losses: number
          needs_approval: boolean
          paid: boolean
          payload: NonNullable<Json>
          phase: unknown
          plan_hash: string | null
          plan_no: number
          policy_version: number | null
          queue: Database["public"]["Enums"]["job_queue"]
          reason: string | null
          refs: Json | null
          result: Json | null
          retries_used: number
          rule: string | null
          run_at: string
          run_no: number
          seq: number
          size: Database["public"]["Enums"]["job_size"]
          slots: string[] | null
          start_by: string | null
          state: Database["public"]["Enums"]["job_state"]
          submitted_by_id: string
          submitted_by_kind: string
          tier: Database["public"]["Enums"]["retry_tier"] | null
          token: number | null
          type: string
          type_version: number
          updated_at: string
          urgent: boolean
          venture: string
          waits_for: string | null
        }
        Insert: {
          admit_at?: string | null
          admit_tries?: number
          approval?: Json | null
          cancel_reason?: string | null
          cancel_requested_at?: string | null
          ceiling_microusd?: number
          concurrency_key?: string | null
          cost_microusd?: number
          created_at: string
          deaths?: number
          decided_from?: Database["public"]["Enums"]["job_state"] | null
          decision_id?: string | null
          dispatch_no?: number
          end_by?: string | null
          ended_at?: string | null
          estimate_microusd?: number
          head: string
          held_for?: Database["public"]["Enums"]["held_reason"] | null
          held_until?: string | null
          id: string
          idempotency_key?: string | null
          losses?: number
          needs_approval?: boolean
          paid?: boolean
          payload: NonNullable<Json>
          phase?: unknown
          plan_hash?: string | null
          plan_no?: number
          policy_version?: number | null
          queue: Database["public"]["Enums"]["job_queue"]
          reason?: string | null
          refs?: Json | null
          result?: Json | null
          retries_used?: number
          rule?: string | null
          run_at: string
          run_no?: number
          seq: number
          size: Database["public"]["Enums"]["job_size"]
          slots?: string[] | null
          start_by?: string | null
          state: Database["public"]["Enums"]["job_state"]
          submitted_by_id: string
          submitted_by_kind: string
          tier?: Database["public"]["Enums"]["retry_tier"] | null
          token?: number | null
          type: string
          type_version: number
          updated_at: string
          urgent?: boolean
          venture: string
          waits_for?: string | null
        }
        Update: {
          admit_at?: string | null
          admit_tries?: number
          approval?: Json | null
          cancel_reason?: string | null
          cancel_requested_at?: string | null
          ceiling_microusd?: number
          concurrency_key?: string | null
          cost_microusd?: number
          created_at?: string
          deaths?: number
          decided_from?: Database["public"]["Enums"]["job_state"] | null
          decision_id?: string | null
          dispatch_no?: number
          end_by?: string | null
          ended_at?: string | null
          estimate_microusd?: number
          head?: string
          held_for?: Database["public"]["Enums"]["held_reason"] | null
          held_until?: string | null
          id?: string
          idempotency_key?: string | null
          losses?: number
          needs_approval?: boolean
          paid?: boolean
          payload?: NonNullable<Json>
          phase?: unknown
          plan_hash?: string | null
          plan_no?: number
          policy_version?: number | null
          queue?: Database["public"]["Enums"]["job_queue"]
          reason?: string | null
          refs?: Json | null
          result?: Json | null
          retries_used?: number
          rule?: string | null
          run_at?: string
          run_no?: number
          seq?: number
          size?: Database["public"]["Enums"]["job_size"]
          slots?: string[] | null
          start_by?: string | null
          state?: Database["public"]["Enums"]["job_state"]
          submitted_by_id?: string
          submitted_by_kind?: string
          tier?: Database["public"]["Enums"]["retry_tier"] | null
          token?: number | null
          type?: string
          type_version?: number
          updated_at?: string
          urgent?: boolean
          venture?: string
          waits_for?: string | null
        }
        Relationships: []
      }
      ledger_entries: {
        Row: {
          at: string
          authorised_microusd: number
          budget_microusd: number
          captured_microusd: number
          day: string
          id: number
          job_id: string
          overrun_microusd: number
          reason: string
          reserved_microusd: number
          run_no: number
          venture: string
          week: string
        }
        Insert: {
          at?: string
          authorised_microusd?: number
          budget_microusd: number
          captured_microusd?: number
          day: string
          id?: never
          job_id: string
          overrun_microusd?: number
          reason: string
          reserved_microusd?: number
          run_no: number
          venture: string
          week: string
        }
        Update: {
          at?: string
          authorised_microusd?: number
          budget_microusd?: number
          captured_microusd?: number
          day?: string
          id?: never
          job_id?: string
          overrun_microusd?: number
          reason?: string
          reserved_microusd?: number
          run_no?: number
          venture?: string
          week?: string
        }
        Relationships: []
      }
      limits: {
        Row: {
          in_use: number
          key: string
          kind: Database["public"]["Enums"]["limit_kind"]
          max: number
          per_ms: number | null
          scope: Database["public"]["Enums"]["block_scope"]
          venture: string
          window_at: string | null
        }
        Insert: {
          in_use?: number
          key: string
          kind: Database["public"]["Enums"]["limit_kind"]
          max: number
          per_ms?: number | null
          scope: Database["public"]["Enums"]["block_scope"]
          venture: string
          window_at?: string | null
        }
        Update: {
          in_use?: number
          key?: string
          kind?: Database["public"]["Enums"]["limit_kind"]
          max?: number
          per_ms?: number | null
          scope?: Database["public"]["Enums"]["block_scope"]
          venture?: string
          window_at?: string | null
        }
        Relationships: [
          {
            foreignKeyName: "limits_venture_fkey"
            columns: ["venture"]
            referencedRelation: "ventures"
            referencedColumns: ["key"]
          },
        ]
      }
      memberships: {
        Row: {
          role: Database["public"]["Enums"]["operator_role"]
          user_id: string
          venture: string
        }
        Insert: {
          role: Database["public"]["Enums"]["operator_role"]
          user_id: string
          venture: string
        }
        Update: {
          role?: Database["public"]["Enums"]["operator_role"]
          user_id?: string
          venture?: string
        }
        Relationships: [
          {
            foreignKeyName: "memberships_user_id_fkey"
            columns: ["user_id"]
            referencedRelation: "operators"
            referencedColumns: ["user_id"]
          },
          {
            foreignKeyName: "memberships_venture_fkey"
            columns: ["venture"]
            referencedRelation: "ventures"
            referencedColumns: ["key"]
          },
        ]
      }
      operators: {
        Row: {
          active: boolean
          created_at: string
          email: string
          must_change: boolean
          user_id: string
        }
        Insert: {
          active?: boolean
          created_at?: string
          email: string
          must_change?: boolean
          user_id: string
        }
        Update: {
          active?: boolean
          created_at?: string
          email?: string
          must_change?: boolean
          user_id?: string
        }
        Relationships: []
      }
      plans: {
        Row: {
          body: string
          created_at: string
          facts: NonNullable<Json>
          hash: string
          job_id: string
          plan_no: number
          venture: string
        }
        Insert: {
          body: string
          created_at?: string
          facts: NonNullable<Json>
          hash: string
          job_id: string
          plan_no: number
          venture: string
        }
        Update: {
          body?: string
          created_at?: string
          facts?: NonNullable<Json>
          hash?: string
          job_id?: string
          plan_no?: number
          venture?: string
        }
        Relationships: []
      }
      policies: {
        Row: {
          activated_at: string
          activated_by: string
          document: NonNullable<Json>
          reason: string | null
          sha256: string
          source: string
          version: number
        }
        Insert: {
          activated_at: string
          activated_by: string
          document: NonNullable<Json>
          reason?: string | null
          sha256: string
          source: string
          version: number
        }
        Update: {
          activated_at?: string
          activated_by?: string
          document?: NonNullable<Json>
          reason?: string | null
          sha256?: string
          source?: string
          version?: number
        }
        Relationships: []
      }
      reservations: {
        Row: {
          at: string
          authorised_microusd: number
          captured_microusd: number
          closed_at: string | null
          day: string
          job_id: string
          left_microusd: number
          overrun_microusd: number
          reserved_microusd: number
          run_no: number
          venture: string
          week: string
        }
        Insert: {
          at: string
          authorised_microusd?: number
          captured_microusd?: number
          closed_at?: string | null
          day: string
          job_id: string
          left_microusd: number
          overrun_microusd?: number
          reserved_microusd: number
          run_no: number
          venture: string
          week: string
        }
        Update: {
          at?: string
          authorised_microusd?: number
          captured_microusd?: number
          closed_at?: string | null
          day?: string
          job_id?: string
          left_microusd?: number
          overrun_microusd?: number
          reserved_microusd?: number
          run_no?: number
          venture?: string
          week?: string
        }
        Relationships: []
      }
      retry_tiers: {
        Row: {
          backoff: string
          base_ms: number
          max_ms: number
          retries: number
          retries_by_itself: boolean
          tier: Database["public"]["Enums"]["retry_tier"]
        }
        Insert: {
          backoff: string
          base_ms: number
          max_ms: number
          retries: number
          retries_by_itself: boolean
          tier: Database["public"]["Enums"]["retry_tier"]
        }
        Update: {
          backoff?: string
          base_ms?: number
          max_ms?: number
          retries?: number
          retries_by_itself?: boolean
          tier?: Database["public"]["Enums"]["retry_tier"]
        }
        Relationships: []
      }
      run_logs: {
        Row: {
          at: string
          chunk_no: number
          job_id: string
          run_no: number
          stream: string
          text: string
          venture: string
        }
        Insert: {
          at: string
          chunk_no: number
          job_id: string
          run_no: number
          stream: string
          text: string
          venture: string
        }
        Update: {
          at?: string
          chunk_no?: number
          job_id?: string
          run_no?: number
          stream?: string
          text?: string
          venture?: string
        }
        Relationships: []
      }
      runs: {
        Row: {
          cause: Database["public"]["Enums"]["loss_cause"] | null
          cost_microusd: number
          ended_at: string | null
          error_class: Database["public"]["Enums"]["error_class"] | null
          error_message: string | null
          job_id: string
          lease_ms: number
          lease_until: string
          listed_at: string
          log_bytes: number
          log_sha256: string | null
          outcome: Database["public"]["Enums"]["run_outcome"] | null
          progress: Json | null
          request_id: string
          run_no: number
          started_at: string
          token: number
          venture: string
          worker_id: string
        }
        Insert: {
          cause?: Database["public"]["Enums"]["loss_cause"] | null
          cost_microusd?: number
          ended_at?: string | null
          error_class?: Database["public"]["Enums"]["error_class"] | null
          error_message?: string | null
          job_id: string
          lease_ms: number
          lease_until: string
          listed_at: string
          log_bytes?: number
          log_sha256?: string | null
          outcome?: Database["public"]["Enums"]["run_outcome"] | null
          progress?: Json | null
          request_id: string
          run_no: number
          started_at: string
          token: number
          venture: string
          worker_id: string
        }
        Update: {
          cause?: Database["public"]["Enums"]["loss_cause"] | null
          cost_microusd?: number
          ended_at?: string | null
          error_class?: Database["public"]["Enums"]["error_class"] | null
          error_message?: string | null
          job_id?: string
          lease_ms?: number
          lease_until?: string
          listed_at?: string
          log_bytes?: number
          log_sha256?: string | null
          outcome?: Database["public"]["Enums"]["run_outcome"] | null
          progress?: Json | null
          request_id?: string
          run_no?: number
          started_at?: string
          token?: number
          venture?: string
          worker_id?: string
        }
        Relationships: []
      }
      settings: {
        Row: {
          approval_delay_ms: number
          approval_expires_ms: number
          approval_reminder_ms: number
          id: boolean
          lease_ms: number
          log_days: number
          max_open_approvals: number
          max_uncounted_losses: number
          max_workers: number
          policy_version: number
          quick_approvals: number
          quick_window_ms: number
          readmit_floor: number
          retention_months: number | null
          stop_kill_ms: number
          time_zone: string
          venture_concurrency: number
          venture_first_starts_per_hour: number
        }
        Insert: {
          approval_delay_ms?: number
          approval_expires_ms?: number
          approval_reminder_ms?: number
          id?: boolean
          lease_ms?: number
          log_days?: number
          max_open_approvals?: number
          max_uncounted_losses?: number
          max_workers?: number
          policy_version?: number
          quick_approvals?: number
          quick_window_ms?: number
          readmit_floor?: number
          retention_months?: number | null
          stop_kill_ms?: number
          time_zone?: string
          venture_concurrency?: number
          venture_first_starts_per_hour?: number
        }
        Update: {
          approval_delay_ms?: number
          approval_expires_ms?: number
          approval_reminder_ms?: number
          id?: boolean
          lease_ms?: number
          log_days?: number
          max_open_approvals?: number
          max_uncounted_losses?: number
          max_workers?: number
          policy_version?: number
          quick_approvals?: number
          quick_window_ms?: number
          readmit_floor?: number
          retention_months?: number | null
          stop_kill_ms?: number
          time_zone?: string
          venture_concurrency?: number
          venture_first_starts_per_hour?: number
        }
        Relationships: []
      }
      signals: {
        Row: {
          by_id: string
          by_kind: string
          data: NonNullable<Json>
          data_sha256: string
          id: string
          job_id: string
          name: string
          no: number
          sent_at: string
          taken_at: string | null
          taken_by: string | null
          taken_version: number | null
          venture: string
        }
        Insert: {
          by_id: string
          by_kind: string
          data: NonNullable<Json>
          data_sha256: string
          id: string
          job_id: string
          name: string
          no: number
          sent_at: string
          taken_at?: string | null
          taken_by?: string | null
          taken_version?: number | null
          venture: string
        }
        Update: {
          by_id?: string
          by_kind?: string
          data?: NonNullable<Json>
          data_sha256?: string
          id?: string
          job_id?: string
          name?: string
          no?: number
          sent_at?: string
          taken_at?: string | null
          taken_by?: string | null
          taken_version?: number | null
          venture?: string
        }
        Relationships: []
      }
      standing_approvals: {
        Row: {
          approval: NonNullable<Json>
          budget_microusd: number
          committed_microusd: number
          ended_at: string | null
          ended_by: string | null
          ended_reason: string | null
          form: Json | null
          id: string
          made_at: string
          made_by: string
          max_uses: number | null
          plan: string
          plan_hash: string
          reason: string
          schedule: string | null
          type: string
          type_version: number
          until: string
          uses: number
          venture: string
        }
        Insert: {
          approval: NonNullable<Json>
          budget_microusd: number
          committed_microusd?: number
          ended_at?: string | null
          ended_by?: string | null
          ended_reason?: string | null
          form?: Json | null
          id: string
          made_at: string
          made_by: string
          max_uses?: number | null
          plan: string
          plan_hash: string
          reason: string
          schedule?: string | null
          type: string
          type_version: number
          until: string
          uses?: number
          venture: string
        }
        Update: {
          approval?: NonNullable<Json>
          budget_microusd?: number
          committed_microusd?: number
          ended_at?: string | null
          ended_by?: string | null
          ended_reason?: string | null
          form?: Json | null
          id?: string
          made_at?: string
          made_by?: string
          max_uses?: number | null
          plan?: string
          plan_hash?: string
          reason?: string
          schedule?: string | null
          type?: string
          type_version?: number
          until?: string
          uses?: number
          venture?: string
        }
        Relationships: [
          {
            foreignKeyName: "standing_approvals_venture_fkey"
            columns: ["venture"]
            referencedRelation: "ventures"
            referencedColumns: ["key"]
          },
        ]
      }
      standing_signatures: {
        Row: {
          at: string
          by_email: string
          by_user: string
          standing_id: string
          typed: string | null
          venture: string
        }
        Insert: {
          at: string
          by_email: string
          by_user: string
          standing_id: string
          typed?: string | null
          venture: string
        }
        Update: {
          at?: string
          by_email?: string
          by_user?: string
          standing_id?: string
          typed?: string | null
          venture?: string
        }
        Relationships: [
          {
            foreignKeyName: "standing_signatures_standing_id_fkey"
            columns: ["standing_id"]
            referencedRelation: "standing_approvals"
            referencedColumns: ["id"]
          },
        ]
      }
      steps: {
        Row: {
          ended_at: string
          job_id: string
          name: string
          result: Json | null
          run_no: number
          started_at: string
          token: number
          venture: string
        }
        Insert: {
          ended_at: string
          job_id: string
          name: string
          result?: Json | null
          run_no: number
          started_at: string
          token: number
          venture: string
        }
        Update: {
          ended_at?: string
          job_id?: string
          name?: string
          result?: Json | null
          run_no?: number
          started_at?: string
          token?: number
          venture?: string
        }
        Relationships: []
      }
      tasks: {
        Row: {
          created_at: string
          done_at: string | null
          due_at: string
          id: string
          job_id: string | null
          queue: Database["public"]["Enums"]["task_queue"]
          result: Json | null
          subject: NonNullable<Json>
          venture: string
        }
        Insert: {
          created_at: string
          done_at?: string | null
          due_at: string
          id: string
          job_id?: string | null
          queue: Database["public"]["Enums"]["task_queue"]
          result?: Json | null
          subject: NonNullable<Json>
          venture: string
        }
        Update: {
          created_at?: string
          done_at?: string | null
          due_at?: string
          id?: string
          job_id?: string | null
          queue?: Database["public"]["Enums"]["task_queue"]
          result?: Json | null
          subject?: NonNullable<Json>
          venture?: string
        }
        Relationships: []
      }
      venture_events: {
        Row: {
          at: string
          body: string
          hash: string
          seq: number
          stream: string
          type: string
          venture: string
        }
        Insert: {
          at: string
          body: string
          hash: string
          seq: number
          stream: string
          type: string
          venture: string
        }
        Update: {
          at?: string
          body?: string
          hash?: string
          seq?: number
          stream?: string
          type?: string
          venture?: string
        }
        Relationships: [
          {
            foreignKeyName: "venture_events_venture_fkey"
            columns: ["venture"]
            referencedRelation: "ventures"
            referencedColumns: ["key"]
          },
        ]
      }
      ventures: {
        Row: {
          allow_private_addresses: boolean
          build_command: string | null
          created_at: string
          demo: boolean
          head: string
          id: string
          key: string
          name: string
          repository: string | null
          seq: number
          trusted: boolean
          url: string | null
        }
        Insert: {
          allow_private_addresses?: boolean
          build_command?: string | null
          created_at?: string
          demo?: boolean
          head: string
          id: string
          key: string
          name: string
          repository?: string | null
          seq?: number
          trusted?: boolean
          url?: string | null
        }
        Update: {
          allow_private_addresses?: boolean
          build_command?: string | null
          created_at?: string
          demo?: boolean
          head?: string
          id?: string
          key?: string
          name?: string
          repository?: string | null
          seq?: number
          trusted?: boolean
          url?: string | null
        }
        Relationships: []
      }
      waits: {
        Row: {
          answer: string | null
          answered_at: string | null
          approval: Json | null
          asked_at: string
          call: string
          decision_id: string | null
          job_id: string
          kind: string
          name: string
          parked_run: number | null
          request: string | null
          request_hash: string | null
          told_run: number | null
          type_version: number
          until: string
          venture: string
        }
        Insert: {
          answer?: string | null
          answered_at?: string | null
          approval?: Json | null
          asked_at: string
          call: string
          decision_id?: string | null
          job_id: string
          kind: string
          name: string
          parked_run?: number | null
          request?: string | null
          request_hash?: string | null
          told_run?: number | null
          type_version: number
          until: string
          venture: string
        }
        Update: {
          answer?: string | null
          answered_at?: string | null
          approval?: Json | null
          asked_at?: string
          call?: string
          decision_id?: string | null
          job_id?: string
          kind?: string
          name?: string
          parked_run?: number | null
          request?: string | null
          request_hash?: string | null
          told_run?: number | null
          type_version?: number
          until?: string
          venture?: string
        }
        Relationships: []
      }
      worker_code: {
        Row: {
          code_hash: string
          type: string
          version: number
          worker_id: string
        }
        Insert: {
          code_hash: string
          type: string
          version: number
          worker_id: string
        }
        Update: {
          code_hash?: string
          type?: string
          version?: number
          worker_id?: string
        }
        Relationships: []
      }
      workers: {
        Row: {
          draining: boolean
          end_reason: string | null
          ended_at: string | null
          heartbeat_at: string
          host: string
          id: string
          isolation: string
          killed_at: string | null
          lanes: string[]
          name: string
          progress: NonNullable<Json>
          schema_max: number
          schema_min: number
          slots: number
          standby: boolean
          started_at: string
          version: string
        }
        Insert: {
          draining?: boolean
          end_reason?: string | null
          ended_at?: string | null
          heartbeat_at?: string
          host: string
          id: string
          isolation?: string
          killed_at?: string | null
          lanes: string[]
          name: string
          progress?: NonNullable<Json>
          schema_max: number
          schema_min: number
          slots: number
          standby?: boolean
          started_at?: string
          version: string
        }
        Update: {
          draining?: boolean
          end_reason?: string | null
          ended_at?: string | null
          heartbeat_at?: string
          host?: string
          id?: string
          isolation?: string
          killed_at?: string | null
          lanes?: string[]
          name?: string
          progress?: NonNullable<Json>
          schema_max?: number
          schema_min?: number
          slots?: number
          standby?: boolean
          started_at?: string
          version?: string
        }
        Relationships: []
      }
    }
    Views: {
      ledger: {
        Row: {
          account: string | null
          amount_microusd: number | null
          at: string | null
          day: string | null
          entry: number | null
          id: number | null
          job_id: string | null
          reason: string | null
          run_no: number | null
          venture: string | null
          week: string | null
        }
        Relationships: []
      }
    }
    Functions: {
      activate_operator: { Args: { p_email: string }; Returns: Json }
      activate_policy: { Args: { p_request: Json }; Returns: Json }
      add_comment: { Args: { p_job: string; p_text: string }; Returns: Json }
      add_standing: { Args: { p_job: string; p_request: Json }; Returns: Json }
      add_venture: { Args: { p_request: Json }; Returns: Json }
      audit_status: { Args: Record<PropertyKey, never>; Returns: Json }
      cancel_job: { Args: { p_job: string; p_reason?: string }; Returns: Json }
      clear_overrun: {
        Args: { p_reason: string; p_venture: string }
        Returns: Json
      }
      confirm_stop: { Args: { p_id: string }; Returns: Json }
      correct_authorisation: {
        Args: {
          p_cost?: number
          p_effect: string
          p_happened: boolean
          p_job: string
          p_reason: string
        }
        Returns: Json
      }
      deactivate_operator: {
        Args: { p_email: string; p_reason?: string }
        Returns: Json
      }
      decide: {
        Args: {
          p_form?: Json
          p_job: string
          p_plan_hash?: string
          p_reason?: string
          p_seen?: string
          p_typed?: string
          p_verb: string
        }
        Returns: Json
      }
      decision_measures: { Args: { p_days?: number }; Returns: Json }
      drain_worker: {
        Args: { p_reason?: string; p_worker: string }
        Returns: Json
      }
      end_operator_sessions: {
        Args: { p_email?: string; p_session?: string }
        Returns: Json
      }
      end_standing: { Args: { p_id: string; p_reason: string }; Returns: Json }
      engage_stop: {
        Args: { p_key: string; p_reason: string; p_scope: string }
        Returns: Json
      }
      incident_pack: { Args: { p_incident: string }; Returns: Json }
      invite_operator: {
        Args: {
          p_email: string
          p_must_change?: boolean
          p_role: string
          p_venture: string
        }
        Returns: Json
      }
      job_comparison: {
        Args: { p_job: string; p_other?: string }
        Returns: Json
      }
      job_detail: { Args: { p_job: string }; Returns: Json }
      job_proof: { Args: { p_job: string }; Returns: Json }
      kill_worker: {
        Args: { p_confirmation: string; p_reason: string; p_worker: string }
        Returns: Json
      }
      ledger_balance: { Args: { p_filter?: Json }; Returns: Json }
      lift_stop: {
        Args: { p_confirmation: string; p_id: string }
        Returns: Json
      }
      list_bulk: {
        Args: { p_limit?: number; p_operation?: string }
        Returns: Json
      }
      list_caps: { Args: Record<PropertyKey, never>; Returns: Json }
      list_incidents: {
        Args: { p_before?: string; p_filter?: Json; p_limit?: number }
        Returns: Json
      }
      list_jobs: {
        Args: { p_before?: string; p_filter?: Json; p_limit?: number }
        Returns: Json
      }
      list_ledger: {
        Args: { p_before?: number; p_filter?: Json; p_limit?: number }
        Returns: Json
      }
      list_limits: { Args: Record<PropertyKey, never>; Returns: Json }
      list_standing: { Args: { p_all?: boolean }; Returns: Json }
      my_venture_keys: { Args: Record<PropertyKey, never>; Returns: string[] }
      now_facts: { Args: Record<PropertyKey, never>; Returns: Json }
      open_details: { Args: { p_job: string }; Returns: Json }
      operator_sessions: { Args: { p_email?: string }; Returns: Json }
      override_cap: { Args: { p_request: Json }; Returns: Json }
      password_changed: { Args: Record<PropertyKey, never>; Returns: undefined }
      pause_work: {
        Args: { p_key: string; p_reason: string; p_scope: string }
        Returns: Json
      }
      policy_history: {
        Args: { p_before?: string; p_limit?: number; p_since: string }
        Returns: Json
      }
      preview_bulk: { Args: { p_request: Json }; Returns: Json }
      quarantine_subject: { Args: { p_request: Json }; Returns: Json }
      queue_counts: { Args: Record<PropertyKey, never>; Returns: Json }
      read_preview: { Args: { p_id: string }; Returns: Json }
      replay_job: { Args: { p_job: string; p_request?: Json }; Returns: Json }
      request_preview: { Args: { p_request: Json }; Returns: Json }
      reset_operator_password: { Args: { p_email: string }; Returns: Json }
      resolve_incident: {
        Args: { p_incident: string; p_reason: string; p_verb: string }
        Returns: Json
      }
      resubmit_job: { Args: { p_job: string; p_request: Json }; Returns: Json }
      resume_work: {
        Args: { p_key: string; p_reason?: string; p_scope: string }
        Returns: Json
      }
      retention_status: { Args: Record<PropertyKey, never>; Returns: Json }
      send_signal: {
        Args: { p_data?: Json; p_id?: string; p_job: string; p_name: string }
        Returns: Json
      }
      set_cap: { Args: { p_request: Json }; Returns: Json }
      set_fleet_limits: { Args: { p_request: Json }; Returns: Json }
      set_limit: { Args: { p_request: Json }; Returns: Json }
      set_operator_role: {
        Args: { p_email: string; p_role: string; p_venture: string }
        Returns: Json
      }
      set_retention: { Args: { p_request: Json }; Returns: Json }
      sign_standing: {
        Args: { p_id: string; p_plan_hash: string; p_typed?: string }
        Returns: Json
      }
      start_bulk: { Args: { p_request: Json }; Returns: Json }
      stop_bulk: { Args: { p_operation: string }; Returns: Json }
      stop_status: { Args: Record<PropertyKey, never>; Returns: Json }
      submit_job: { Args: { p_request: Json }; Returns: Json }
      undrain_worker: { Args: { p_worker: string }; Returns: Json }
      whoami: { Args: Record<PropertyKey, never>; Returns: Json }
      worker_detail: { Args: { p_worker: string }; Returns: Json }
    }
    Enums: {
      block_kind:
        | "stop"
        | "pause"
        | "drain"
        | "concurrency"
        | "first_starts"
        | "cap"
        | "overrun"
        | "no_worker"
        | "rate"
        | "paused_by_provider"
        | "provider_down"
      block_scope:
        | "everything"
        | "lane"
        | "queue"
        | "venture"
        | "type"
        | "worker"
        | "paid"
        | "effects"
        | "provider"
      cap_period: "day" | "week"
      decision_verb: "approve" | "reject" | "release" | "discard" | "undo"
      effect_kind: "deploy" | "push" | "spend" | "contact" | "publish" | "other"
      effect_settlement: "safe_retry" | "reconcile"
      error_class:
        | "transient"
        | "timeout"
        | "lost"
        | "bad_input"
        | "unsafe"
        | "budget"
        | "bug"
      held_reason: "approval" | "retry" | "park"
      job_queue: "job" | "priority" | "scheduled" | "report"
      job_size: "small" | "medium" | "large"
      job_state:
        | "submitted"
        | "queued"
        | "held"
        | "running"
        | "dead"
        | "quarantined"
        | "succeeded"
        | "canceled"
        | "refused"
        | "rejected"
        | "expired"
        | "discarded"
      limit_kind: "concurrency" | "first_starts" | "rate"
      loss_cause:
        | "process_death"
        | "lease_expired"
        | "database"
        | "deploy"
        | "stop"
        | "never_started"
        | "unlisted"
        | "killed"
      operator_role: "viewer" | "approver" | "admin"
      retry_tier: "small" | "medium" | "large" | "approval_required"
      run_outcome:
        | "succeeded"
        | "failed"
        | "canceled"
        | "stopped"
        | "lost"
        | "parked"
      task_queue:
        | "approval"
        | "recovery"
        | "dead-letter"
        | "quarantine"
        | "alert"
    }
    CompositeTypes: {
      [_ in never]: never
    }
  }
}

type DatabaseWithoutInternals = Omit<Database, "__InternalSupabase">

type DefaultSchema = DatabaseWithoutInternals[Extract<keyof Database, "public">]

export type Tables<
  DefaultSchemaTableNameOrOptions extends
    | keyof (DefaultSchema["Tables"] & DefaultSchema["Views"])
    | { schema: keyof DatabaseWithoutInternals },
  TableName extends (DefaultSchemaTableNameOrOptions extends {
    schema: keyof DatabaseWithoutInternals
  }
    ? keyof (DatabaseWithoutInternals[DefaultSchemaTableNameOrOptions["schema"]]["Tables"] &
        DatabaseWithoutInternals[DefaultSchemaTableNameOrOptions["schema"]]["Views"])
    : never) = never,
> = DefaultSchemaTableNameOrOptions extends {
  schema: keyof DatabaseWithoutInternals
}
  ? (DatabaseWithoutInternals[DefaultSchemaTableNameOrOptions["schema"]]["Tables"] &
      DatabaseWithoutInternals[DefaultSchemaTableNameOrOptions["schema"]]["Views"])[TableName] extends {
      Row: infer R
    }
    ? R
    : never
  : DefaultSchemaTableNameOrOptions extends keyof (DefaultSchema["Tables"] &
        DefaultSchema["Views"])
    ? (DefaultSchema["Tables"] &
        DefaultSchema["Views"])[DefaultSchemaTableNameOrOptions] extends {
        Row: infer R
      }
      ? R
      : never
    : never

export type TablesInsert<
  DefaultSchemaTableNameOrOptions extends
    | keyof DefaultSchema["Tables"]
    | { schema: keyof DatabaseWithoutInternals },
  TableName extends (DefaultSchemaTableNameOrOptions extends {
    schema: keyof DatabaseWithoutInternals
  }
    ? keyof DatabaseWithoutInternals[DefaultSchemaTableNameOrOptions["schema"]]["Tables"]
    : never) = never,
> = DefaultSchemaTableNameOrOptions extends {
  schema: keyof DatabaseWithoutInternals
}
  ? DatabaseWithoutInternals[DefaultSchemaTableNameOrOptions["schema"]]["Tables"][TableName] extends {
      Insert: infer I
    }
    ? I
    : never
  : DefaultSchemaTableNameOrOptions extends keyof DefaultSchema["Tables"]
    ? DefaultSchema["Tables"][DefaultSchemaTableNameOrOptions] extends {
        Insert: infer I
      }
      ? I
      : never
    : never

export type TablesUpdate<
  DefaultSchemaTableNameOrOptions extends
    | keyof DefaultSchema["Tables"]
    | { schema: keyof DatabaseWithoutInternals },
  TableName extends (DefaultSchemaTableNameOrOptions extends {
    schema: keyof DatabaseWithoutInternals
  }
    ? keyof DatabaseWithoutInternals[DefaultSchemaTableNameOrOptions["schema"]]["Tables"]
    : never) = never,
> = DefaultSchemaTableNameOrOptions extends {
  schema: keyof DatabaseWithoutInternals
}
  ? DatabaseWithoutInternals[DefaultSchemaTableNameOrOptions["schema"]]["Tables"][TableName] extends {
      Update: infer U
    }
    ? U
    : never
  : DefaultSchemaTableNameOrOptions extends keyof DefaultSchema["Tables"]
    ? DefaultSchema["Tables"][DefaultSchemaTableNameOrOptions] extends {
        Update: infer U
      }
      ? U
      : never
    : never

export type Enums<
  DefaultSchemaEnumNameOrOptions extends
    | keyof DefaultSchema["Enums"]
    | { schema: keyof DatabaseWithoutInternals },
  EnumName extends (DefaultSchemaEnumNameOrOptions extends {
    schema: keyof DatabaseWithoutInternals
  }
    ? keyof DatabaseWithoutInternals[DefaultSchemaEnumNameOrOptions["schema"]]["Enums"]
    : never) = never,
> = DefaultSchemaEnumNameOrOptions extends {
  schema: keyof DatabaseWithoutInternals
}
  ? DatabaseWithoutInternals[DefaultSchemaEnumNameOrOptions["schema"]]["Enums"][EnumName]
  : DefaultSchemaEnumNameOrOptions extends keyof DefaultSchema["Enums"]
    ? DefaultSchema["Enums"][DefaultSchemaEnumNameOrOptions]
    : never

export type CompositeTypes<
  PublicCompositeTypeNameOrOptions extends
    | keyof DefaultSchema["CompositeTypes"]
    | { schema: keyof DatabaseWithoutInternals },
  CompositeTypeName extends (PublicCompositeTypeNameOrOptions extends {
    schema: keyof DatabaseWithoutInternals
  }
    ? keyof DatabaseWithoutInternals[PublicCompositeTypeNameOrOptions["schema"]]["CompositeTypes"]
    : never) = never,
> = PublicCompositeTypeNameOrOptions extends {
  schema: keyof DatabaseWithoutInternals
}
  ? DatabaseWithoutInternals[PublicCompositeTypeNameOrOptions["schema"]]["CompositeTypes"][CompositeTypeName]
  : PublicCompositeTypeNameOrOptions extends keyof DefaultSchema["CompositeTypes"]
    ? DefaultSchema["CompositeTypes"][PublicCompositeTypeNameOrOptions]
    : never

export const Constants = {
  public: {
    Enums: {
      block_kind: [
        "stop",
        "pause",
        "drain",
        "concurrency",
        "first_starts",
        "cap",
        "overrun",
        "no_worker",
        "rate",
        "paused_by_provider",
        "provider_down",
      ],
      block_scope: [
        "everything",
        "lane",
        "queue",
        "venture",
        "type",
        "worker",
        "paid",
        "effects",
        "provider",
      ],
      cap_period: ["day", "week"],
      decision_verb: ["approve", "reject", "release", "discard", "undo"],
      effect_kind: ["deploy", "push", "spend", "contact", "publish", "other"],
      effect_settlement: ["safe_retry", "reconcile"],
      error_class: [
        "transient",
        "timeout",
        "lost",
        "bad_input",
        "unsafe",
        "budget",
        "bug",
      ],
      held_reason: ["approval", "retry", "park"],
      job_queue: ["job", "priority", "scheduled", "report"],
      job_size: ["small", "medium", "large"],
      job_state: [
        "submitted",
        "queued",
        "held",
        "running",
        "dead",
        "quarantined",
        "succeeded",
        "canceled",
        "refused",
        "rejected",
        "expired",
        "discarded",
      ],
      limit_kind: ["concurrency", "first_starts", "rate"],
      loss_cause: [
        "process_death",
        "lease_expired",
        "database",
        "deploy",
        "stop",
        "never_started",
        "unlisted",
        "killed",
      ],
      operator_role: ["viewer", "approver", "admin"],
      retry_tier: ["small", "medium", "large", "approval_required"],
      run_outcome: [
        "succeeded",
        "failed",
        "canceled",
        "stopped",
        "lost",
        "parked",
      ],
      task_queue: [
        "approval",
        "recovery",
        "dead-letter",
        "quarantine",
        "alert",
      ],
    },
  },
} as const
