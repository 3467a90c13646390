/**
 * The database's schema, as `supabase gen types` says it. Made by `deno task types`; never edited.
 *
 * @module
 */

export type Json = string | number | boolean | null | { [key: string]: Json | undefined } | Json[];

export type Database = {
  "public": {
    Tables: {
      "custom_oauth_configs": {
        Row: {
          "account_prompt": string | null;
          "allowed_tenants": (string)[];
          "authorization_endpoint": string | null;
          "authorization_parameters": NonNullable<Json>;
          "client_generation": number;
          "client_id": string;
          "client_refused_at": string | null;
          "client_refused_reason": string | null;
          "client_secret_ciphertext": string | null;
          "created_at": string;
          "disabled_at": string | null;
          "emails_endpoint": string | null;
          "id": string;
          "identity_source": string;
          "issuer": string | null;
          "jwks_uri": string | null;
          "link_verified_email": boolean;
          "name": string;
          "organization_id": string | null;
          "owner_id": string;
          "refresh_sends_scope": boolean;
          "revocation_endpoint": string | null;
          "scopes": (string)[];
          "subject_claim": string;
          "token_endpoint": string | null;
          "token_endpoint_auth_method": string;
          "updated_at": string;
          "userinfo_endpoint": string | null;
          "describe_oauth_config": Json | null;
        };
        ComputedFields: "describe_oauth_config";
        Insert: {
          "account_prompt"?: string | null;
          "allowed_tenants"?: (string)[];
          "authorization_endpoint"?: string | null;
          "authorization_parameters"?: NonNullable<Json>;
          "client_generation"?: number;
          "client_id": string;
          "client_refused_at"?: string | null;
          "client_refused_reason"?: string | null;
          "client_secret_ciphertext"?: string | null;
          "created_at"?: string;
          "disabled_at"?: string | null;
          "emails_endpoint"?: string | null;
          "id"?: string;
          "identity_source"?: string;
          "issuer"?: string | null;
          "jwks_uri"?: string | null;
          "link_verified_email"?: boolean;
          "name": string;
          "organization_id"?: string | null;
          "owner_id"?: never;
          "refresh_sends_scope"?: boolean;
          "revocation_endpoint"?: string | null;
          "scopes"?: (string)[];
          "subject_claim"?: string;
          "token_endpoint"?: string | null;
          "token_endpoint_auth_method"?: string;
          "updated_at"?: string;
          "userinfo_endpoint"?: string | null;
        };
        Update: {
          "account_prompt"?: string | null;
          "allowed_tenants"?: (string)[];
          "authorization_endpoint"?: string | null;
          "authorization_parameters"?: NonNullable<Json>;
          "client_generation"?: number;
          "client_id"?: string;
          "client_refused_at"?: string | null;
          "client_refused_reason"?: string | null;
          "client_secret_ciphertext"?: string | null;
          "created_at"?: string;
          "disabled_at"?: string | null;
          "emails_endpoint"?: string | null;
          "id"?: string;
          "identity_source"?: string;
          "issuer"?: string | null;
          "jwks_uri"?: string | null;
          "link_verified_email"?: boolean;
          "name"?: string;
          "organization_id"?: string | null;
          "owner_id"?: never;
          "refresh_sends_scope"?: boolean;
          "revocation_endpoint"?: string | null;
          "scopes"?: (string)[];
          "subject_claim"?: string;
          "token_endpoint"?: string | null;
          "token_endpoint_auth_method"?: string;
          "updated_at"?: string;
          "userinfo_endpoint"?: string | null;
        };
        Relationships: [
          {
            foreignKeyName: "custom_oauth_configs_organization_id_fkey";
            columns: ["organization_id"];
            isOneToOne: false;
            referencedRelation: "mcp_organizations";
            referencedColumns: ["organization_id"];
          },
          {
            foreignKeyName: "custom_oauth_configs_organization_id_fkey";
            columns: ["organization_id"];
            isOneToOne: false;
            referencedRelation: "organizations";
            referencedColumns: ["id"];
          },
        ];
      };
      "gatepost_settings": {
        Row: {
          "configs_per_organization": number;
          "invitations_per_organization": number;
          "is_only_row": boolean;
          "members_per_organization": number;
          "organization_founding": string;
          "organizations_per_founder": number;
          "people_per_organization": number;
          "public_url": string | null;
          "retired_names_per_organization": number;
          "server_slugs": string;
          "servers_per_organization": number;
        };
        ComputedFields: never;
        Insert: {
          "configs_per_organization"?: number;
          "invitations_per_organization"?: number;
          "is_only_row"?: boolean;
          "members_per_organization"?: number;
          "organization_founding"?: string;
          "organizations_per_founder"?: number;
          "people_per_organization"?: number;
          "public_url"?: string | null;
          "retired_names_per_organization"?: number;
          "server_slugs"?: string;
          "servers_per_organization"?: number;
        };
        Update: {
          "configs_per_organization"?: number;
          "invitations_per_organization"?: number;
          "is_only_row"?: boolean;
          "members_per_organization"?: number;
          "organization_founding"?: string;
          "organizations_per_founder"?: number;
          "people_per_organization"?: number;
          "public_url"?: string | null;
          "retired_names_per_organization"?: number;
          "server_slugs"?: string;
          "servers_per_organization"?: number;
        };
        Relationships: [];
      };
      "mcp_active_days": {
        Row: {
          "known": number;
          "organization_id": string;
          "period": string;
          "starts_on": string;
          "visitors": number;
        };
        ComputedFields: never;
        Insert: {
          "known": number;
          "organization_id": string;
          "period": string;
          "starts_on": string;
          "visitors": number;
        };
        Update: {
          "known"?: number;
          "organization_id"?: string;
          "period"?: string;
          "starts_on"?: string;
          "visitors"?: number;
        };
        Relationships: [
          {
            foreignKeyName: "active_people_are_of_an_organization";
            columns: ["organization_id"];
            isOneToOne: false;
            referencedRelation: "mcp_organizations";
            referencedColumns: ["organization_id"];
          },
          {
            foreignKeyName: "active_people_are_of_an_organization";
            columns: ["organization_id"];
            isOneToOne: false;
            referencedRelation: "organizations";
            referencedColumns: ["id"];
          },
        ];
      };
      "mcp_audit_events": {
        Row: {
          "began_at": string | null;
          "client_id": string | null;
          "detail": Json | null;
          "event": string;
          "id": number;
          "is_repeated": boolean;
          "keep_until": string;
          "last_occurred_at": string;
          "mcp_server_id": string | null;
          "mcp_server_user_id": string | null;
          "object_id": string | null;
          "occurred_at": string;
          "occurrences": number;
          "organization_id": string;
          "platform_user_id": string | null;
          "reason": string | null;
          "repeat_key": string | null;
          "repeated_request_ids": (string)[] | null;
          "request_id": string | null;
        };
        ComputedFields: never;
        Insert: {
          "began_at"?: string | null;
          "client_id"?: string | null;
          "detail"?: Json | null;
          "event": string;
          "id"?: never;
          "is_repeated"?: never;
          "keep_until": string;
          "last_occurred_at"?: string;
          "mcp_server_id"?: string | null;
          "mcp_server_user_id"?: string | null;
          "object_id"?: string | null;
          "occurred_at"?: string;
          "occurrences"?: number;
          "organization_id": string;
          "platform_user_id"?: string | null;
          "reason"?: string | null;
          "repeat_key"?: string | null;
          "repeated_request_ids"?: (string)[] | null;
          "request_id"?: string | null;
        };
        Update: {
          "began_at"?: string | null;
          "client_id"?: string | null;
          "detail"?: Json | null;
          "event"?: string;
          "id"?: never;
          "is_repeated"?: never;
          "keep_until"?: string;
          "last_occurred_at"?: string;
          "mcp_server_id"?: string | null;
          "mcp_server_user_id"?: string | null;
          "object_id"?: string | null;
          "occurred_at"?: string;
          "occurrences"?: number;
          "organization_id"?: string;
          "platform_user_id"?: string | null;
          "reason"?: string | null;
          "repeat_key"?: string | null;
          "repeated_request_ids"?: (string)[] | null;
          "request_id"?: string | null;
        };
        Relationships: [];
      };
      "mcp_authorization_codes": {
        Row: {
          "auth_time": string | null;
          "code_challenge": string;
          "code_hash": string;
          "created_at": string;
          "expires_at": string;
          "mcp_client_registration_id": string;
          "mcp_proxy_token_id": string | null;
          "mcp_server_id": string;
          "mcp_server_user_id": string;
          "nonce": string | null;
          "organization_id": string;
          "redirect_uri": string;
          "resource": string;
          "scope": string;
          "spent_at": string | null;
          "upstream_token_id": string;
        };
        ComputedFields: never;
        Insert: {
          "auth_time"?: string | null;
          "code_challenge": string;
          "code_hash": string;
          "created_at"?: string;
          "expires_at": string;
          "mcp_client_registration_id": string;
          "mcp_proxy_token_id"?: string | null;
          "mcp_server_id": string;
          "mcp_server_user_id": string;
          "nonce"?: string | null;
          "organization_id": string;
          "redirect_uri": string;
          "resource": string;
          "scope": string;
          "spent_at"?: string | null;
          "upstream_token_id": string;
        };
        Update: {
          "auth_time"?: string | null;
          "code_challenge"?: string;
          "code_hash"?: string;
          "created_at"?: string;
          "expires_at"?: string;
          "mcp_client_registration_id"?: string;
          "mcp_proxy_token_id"?: string | null;
          "mcp_server_id"?: string;
          "mcp_server_user_id"?: string;
          "nonce"?: string | null;
          "organization_id"?: string;
          "redirect_uri"?: string;
          "resource"?: string;
          "scope"?: string;
          "spent_at"?: string | null;
          "upstream_token_id"?: string;
        };
        Relationships: [
          {
            foreignKeyName: "code_belongs_to_a_server_of_its_organization";
            columns: ["organization_id", "mcp_server_id"];
            isOneToOne: false;
            referencedRelation: "mcp_server_settings";
            referencedColumns: ["organization_id", "mcp_server_id"];
          },
          {
            foreignKeyName: "code_belongs_to_a_server_of_its_organization";
            columns: ["organization_id", "mcp_server_id"];
            isOneToOne: false;
            referencedRelation: "mcp_servers";
            referencedColumns: ["organization_id", "id"];
          },
          {
            foreignKeyName: "code_belongs_to_a_user_of_its_organization";
            columns: ["organization_id", "mcp_server_user_id"];
            isOneToOne: false;
            referencedRelation: "mcp_people";
            referencedColumns: ["organization_id", "mcp_server_user_id"];
          },
          {
            foreignKeyName: "code_belongs_to_a_user_of_its_organization";
            columns: ["organization_id", "mcp_server_user_id"];
            isOneToOne: false;
            referencedRelation: "mcp_server_user";
            referencedColumns: ["organization_id", "id"];
          },
          {
            foreignKeyName: "mcp_authorization_codes_mcp_client_registration_id_fkey";
            columns: ["mcp_client_registration_id"];
            isOneToOne: false;
            referencedRelation: "mcp_client_registrations";
            referencedColumns: ["id"];
          },
          {
            foreignKeyName: "mcp_authorization_codes_mcp_client_registration_id_fkey";
            columns: ["mcp_client_registration_id"];
            isOneToOne: false;
            referencedRelation: "mcp_clients";
            referencedColumns: ["mcp_client_registration_id"];
          },
          {
            foreignKeyName: "mcp_authorization_codes_upstream_token_id_fkey";
            columns: ["upstream_token_id"];
            isOneToOne: true;
            referencedRelation: "mcp_upstream_tokens";
            referencedColumns: ["upstream_token_id"];
          },
          {
            foreignKeyName: "mcp_authorization_codes_upstream_token_id_fkey";
            columns: ["upstream_token_id"];
            isOneToOne: true;
            referencedRelation: "upstream_oauth_tokens";
            referencedColumns: ["id"];
          },
        ];
      };
      "mcp_authorization_sessions": {
        Row: {
          "browser_hash": string;
          "claimed_at": string | null;
          "client_generation": number;
          "code_challenge": string;
          "completed_at": string | null;
          "created_at": string;
          "expires_at": string;
          "failed_at": string | null;
          "form_hash": string;
          "id": string;
          "mcp_client_registration_id": string;
          "mcp_server_id": string;
          "nonce": string | null;
          "oauth_config_id": string;
          "organization_id": string;
          "redirect_uri": string;
          "request_ciphertext": string;
          "request_id": string | null;
          "resource": string;
          "scope": string;
          "slot": number | null;
          "state_hash": string;
        };
        ComputedFields: never;
        Insert: {
          "browser_hash": string;
          "claimed_at"?: string | null;
          "client_generation": number;
          "code_challenge": string;
          "completed_at"?: string | null;
          "created_at"?: string;
          "expires_at": string;
          "failed_at"?: string | null;
          "form_hash": string;
          "id"?: string;
          "mcp_client_registration_id": string;
          "mcp_server_id": string;
          "nonce"?: string | null;
          "oauth_config_id": string;
          "organization_id": string;
          "redirect_uri": string;
          "request_ciphertext": string;
          "request_id"?: string | null;
          "resource": string;
          "scope": string;
          "slot"?: number | null;
          "state_hash": string;
        };
        Update: {
          "browser_hash"?: string;
          "claimed_at"?: string | null;
          "client_generation"?: number;
          "code_challenge"?: string;
          "completed_at"?: string | null;
          "created_at"?: string;
          "expires_at"?: string;
          "failed_at"?: string | null;
          "form_hash"?: string;
          "id"?: string;
          "mcp_client_registration_id"?: string;
          "mcp_server_id"?: string;
          "nonce"?: string | null;
          "oauth_config_id"?: string;
          "organization_id"?: string;
          "redirect_uri"?: string;
          "request_ciphertext"?: string;
          "request_id"?: string | null;
          "resource"?: string;
          "scope"?: string;
          "slot"?: number | null;
          "state_hash"?: string;
        };
        Relationships: [
          {
            foreignKeyName: "mcp_authorization_sessions_mcp_client_registration_id_fkey";
            columns: ["mcp_client_registration_id"];
            isOneToOne: false;
            referencedRelation: "mcp_client_registrations";
            referencedColumns: ["id"];
          },
          {
            foreignKeyName: "mcp_authorization_sessions_mcp_client_registration_id_fkey";
            columns: ["mcp_client_registration_id"];
            isOneToOne: false;
            referencedRelation: "mcp_clients";
            referencedColumns: ["mcp_client_registration_id"];
          },
          {
            foreignKeyName: "mcp_authorization_sessions_oauth_config_id_fkey";
            columns: ["oauth_config_id"];
            isOneToOne: false;
            referencedRelation: "custom_oauth_configs";
            referencedColumns: ["id"];
          },
          {
            foreignKeyName: "mcp_authorization_sessions_oauth_config_id_fkey";
            columns: ["oauth_config_id"];
            isOneToOne: false;
            referencedRelation: "mcp_providers";
            referencedColumns: ["oauth_config_id"];
          },
          {
            foreignKeyName: "session_belongs_to_a_server_of_its_organization";
            columns: ["organization_id", "mcp_server_id"];
            isOneToOne: false;
            referencedRelation: "mcp_server_settings";
            referencedColumns: ["organization_id", "mcp_server_id"];
          },
          {
            foreignKeyName: "session_belongs_to_a_server_of_its_organization";
            columns: ["organization_id", "mcp_server_id"];
            isOneToOne: false;
            referencedRelation: "mcp_servers";
            referencedColumns: ["organization_id", "id"];
          },
        ];
      };
      "mcp_call_days": {
        Row: {
          "bytes_in": number;
          "bytes_out": number;
          "calls": number;
          "client_id": string | null;
          "day": string;
          "mcp_server_id": string;
          "mcp_server_user_id": string | null;
          "merge_id": string | null;
          "method": string;
          "milliseconds": number;
          "name": string;
          "organization_id": string;
          "outcome": string;
          "what": string;
        };
        ComputedFields: never;
        Insert: {
          "bytes_in": number;
          "bytes_out": number;
          "calls": number;
          "client_id"?: string | null;
          "day": string;
          "mcp_server_id": string;
          "mcp_server_user_id"?: string | null;
          "merge_id"?: string | null;
          "method": string;
          "milliseconds": number;
          "name": string;
          "organization_id": string;
          "outcome": string;
          "what"?: never;
        };
        Update: {
          "bytes_in"?: number;
          "bytes_out"?: number;
          "calls"?: number;
          "client_id"?: string | null;
          "day"?: string;
          "mcp_server_id"?: string;
          "mcp_server_user_id"?: string | null;
          "merge_id"?: string | null;
          "method"?: string;
          "milliseconds"?: number;
          "name"?: string;
          "organization_id"?: string;
          "outcome"?: string;
          "what"?: never;
        };
        Relationships: [];
      };
      "mcp_call_sums": {
        Row: {
          "bytes_in": number;
          "bytes_out": number;
          "calls": number;
          "cancelled": number;
          "day": string;
          "durations": (number)[];
          "failed": number;
          "known_calls": number;
          "last_users": number;
          "mcp_server_id": string;
          "method": string;
          "milliseconds": number;
          "name": string;
          "organization_id": string;
          "refused": number;
          "succeeded": number;
          "visitor_calls": number;
        };
        ComputedFields: never;
        Insert: {
          "bytes_in": number;
          "bytes_out": number;
          "calls": number;
          "cancelled": number;
          "day": string;
          "durations": (number)[];
          "failed": number;
          "known_calls": number;
          "last_users"?: number;
          "mcp_server_id": string;
          "method": string;
          "milliseconds": number;
          "name": string;
          "organization_id": string;
          "refused": number;
          "succeeded": number;
          "visitor_calls": number;
        };
        Update: {
          "bytes_in"?: number;
          "bytes_out"?: number;
          "calls"?: number;
          "cancelled"?: number;
          "day"?: string;
          "durations"?: (number)[];
          "failed"?: number;
          "known_calls"?: number;
          "last_users"?: number;
          "mcp_server_id"?: string;
          "method"?: string;
          "milliseconds"?: number;
          "name"?: string;
          "organization_id"?: string;
          "refused"?: number;
          "succeeded"?: number;
          "visitor_calls"?: number;
        };
        Relationships: [
          {
            foreignKeyName: "call_sum_is_of_a_server_of_its_organization";
            columns: ["organization_id", "mcp_server_id"];
            isOneToOne: false;
            referencedRelation: "mcp_server_settings";
            referencedColumns: ["organization_id", "mcp_server_id"];
          },
          {
            foreignKeyName: "call_sum_is_of_a_server_of_its_organization";
            columns: ["organization_id", "mcp_server_id"];
            isOneToOne: false;
            referencedRelation: "mcp_servers";
            referencedColumns: ["organization_id", "id"];
          },
        ];
      };
      "mcp_calls": {
        Row: {
          "arguments": Json | null;
          "bytes_in": number;
          "bytes_out": number;
          "client_id": string | null;
          "error_code": number | null;
          "http_status": number | null;
          "id": number;
          "keep_until": string;
          "mcp_server_id": string;
          "mcp_server_user_id": string | null;
          "mcp_session_id": string | null;
          "merge_id": string | null;
          "method": string;
          "milliseconds": number;
          "name": string;
          "organization_id": string;
          "outcome": string;
          "result": Json | null;
          "started_at": string;
        };
        ComputedFields: never;
        Insert: {
          "arguments"?: Json | null;
          "bytes_in": number;
          "bytes_out": number;
          "client_id"?: string | null;
          "error_code"?: number | null;
          "http_status"?: number | null;
          "id"?: number;
          "keep_until": string;
          "mcp_server_id": string;
          "mcp_server_user_id"?: string | null;
          "mcp_session_id"?: string | null;
          "merge_id"?: string | null;
          "method": string;
          "milliseconds": number;
          "name": string;
          "organization_id": string;
          "outcome": string;
          "result"?: Json | null;
          "started_at": string;
        };
        Update: {
          "arguments"?: Json | null;
          "bytes_in"?: number;
          "bytes_out"?: number;
          "client_id"?: string | null;
          "error_code"?: number | null;
          "http_status"?: number | null;
          "id"?: number;
          "keep_until"?: string;
          "mcp_server_id"?: string;
          "mcp_server_user_id"?: string | null;
          "mcp_session_id"?: string | null;
          "merge_id"?: string | null;
          "method"?: string;
          "milliseconds"?: number;
          "name"?: string;
          "organization_id"?: string;
          "outcome"?: string;
          "result"?: Json | null;
          "started_at"?: string;
        };
        Relationships: [];
      };
      "mcp_client_assertions": {
        Row: {
          "assertion_hash": string;
          "expires_at": string;
          "mcp_client_registration_id": string;
          "organization_id": string;
          "slot": number | null;
        };
        ComputedFields: never;
        Insert: {
          "assertion_hash": string;
          "expires_at": string;
          "mcp_client_registration_id": string;
          "organization_id": string;
          "slot"?: number | null;
        };
        Update: {
          "assertion_hash"?: string;
          "expires_at"?: string;
          "mcp_client_registration_id"?: string;
          "organization_id"?: string;
          "slot"?: number | null;
        };
        Relationships: [];
      };
      "mcp_client_registrations": {
        Row: {
          "client_id": string;
          "client_metadata": NonNullable<Json>;
          "client_name": string | null;
          "client_secret_hash": string | null;
          "created_at": string;
          "expires_at": string | null;
          "first_used_at": string | null;
          "grant_types": (string)[];
          "id": string;
          "kind": string;
          "last_used_at": string | null;
          "mcp_server_id": string;
          "organization_id": string;
          "redirect_uris": (string)[];
          "slot": number | null;
          "source": string | null;
          "token_endpoint_auth_method": string;
          "describe_mcp_client": Json | null;
        };
        ComputedFields: "describe_mcp_client";
        Insert: {
          "client_id": string;
          "client_metadata"?: NonNullable<Json>;
          "client_name"?: string | null;
          "client_secret_hash"?: string | null;
          "created_at"?: string;
          "expires_at"?: string | null;
          "first_used_at"?: string | null;
          "grant_types": (string)[];
          "id"?: string;
          "kind": string;
          "last_used_at"?: string | null;
          "mcp_server_id": string;
          "organization_id": string;
          "redirect_uris": (string)[];
          "slot"?: number | null;
          "source"?: string | null;
          "token_endpoint_auth_method": string;
        };
        Update: {
          "client_id"?: string;
          "client_metadata"?: NonNullable<Json>;
          "client_name"?: string | null;
          "client_secret_hash"?: string | null;
          "created_at"?: string;
          "expires_at"?: string | null;
          "first_used_at"?: string | null;
          "grant_types"?: (string)[];
          "id"?: string;
          "kind"?: string;
          "last_used_at"?: string | null;
          "mcp_server_id"?: string;
          "organization_id"?: string;
          "redirect_uris"?: (string)[];
          "slot"?: number | null;
          "source"?: string | null;
          "token_endpoint_auth_method"?: string;
        };
        Relationships: [
          {
            foreignKeyName: "client_belongs_to_a_server_of_its_organization";
            columns: ["organization_id", "mcp_server_id"];
            isOneToOne: false;
            referencedRelation: "mcp_server_settings";
            referencedColumns: ["organization_id", "mcp_server_id"];
          },
          {
            foreignKeyName: "client_belongs_to_a_server_of_its_organization";
            columns: ["organization_id", "mcp_server_id"];
            isOneToOne: false;
            referencedRelation: "mcp_servers";
            referencedColumns: ["organization_id", "id"];
          },
        ];
      };
      "mcp_proxy_tokens": {
        Row: {
          "auth_time": string | null;
          "created_at": string;
          "earlier_rotations": (Database["public"]["CompositeTypes"]["token_rotation"])[] | null;
          "expires_at": string;
          "expires_on": string;
          "handle_hash": string;
          "id": string;
          "mcp_client_registration_id": string;
          "mcp_server_id": string;
          "mcp_server_user_id": string;
          "organization_id": string;
          "previous_refresh_hash": string | null;
          "refresh_hash": string;
          "resource": string;
          "revoked_at": string | null;
          "revoked_reason": string | null;
          "rotated_at": string | null;
          "scope": string;
          "successor_ciphertext": string | null;
          "upstream_token_id": string;
          "rotations_in_grace": (Database["public"]["CompositeTypes"]["token_rotation"])[] | null;
        };
        ComputedFields: "rotations_in_grace";
        Insert: {
          "auth_time"?: string | null;
          "created_at"?: string;
          "earlier_rotations"?: (Database["public"]["CompositeTypes"]["token_rotation"])[] | null;
          "expires_at": string;
          "expires_on"?: never;
          "handle_hash": string;
          "id"?: string;
          "mcp_client_registration_id": string;
          "mcp_server_id": string;
          "mcp_server_user_id": string;
          "organization_id": string;
          "previous_refresh_hash"?: string | null;
          "refresh_hash": string;
          "resource": string;
          "revoked_at"?: string | null;
          "revoked_reason"?: string | null;
          "rotated_at"?: string | null;
          "scope": string;
          "successor_ciphertext"?: string | null;
          "upstream_token_id": string;
        };
        Update: {
          "auth_time"?: string | null;
          "created_at"?: string;
          "earlier_rotations"?: (Database["public"]["CompositeTypes"]["token_rotation"])[] | null;
          "expires_at"?: string;
          "expires_on"?: never;
          "handle_hash"?: string;
          "id"?: string;
          "mcp_client_registration_id"?: string;
          "mcp_server_id"?: string;
          "mcp_server_user_id"?: string;
          "organization_id"?: string;
          "previous_refresh_hash"?: string | null;
          "refresh_hash"?: string;
          "resource"?: string;
          "revoked_at"?: string | null;
          "revoked_reason"?: string | null;
          "rotated_at"?: string | null;
          "scope"?: string;
          "successor_ciphertext"?: string | null;
          "upstream_token_id"?: string;
        };
        Relationships: [
          {
            foreignKeyName: "mcp_proxy_tokens_mcp_client_registration_id_fkey";
            columns: ["mcp_client_registration_id"];
            isOneToOne: false;
            referencedRelation: "mcp_client_registrations";
            referencedColumns: ["id"];
          },
          {
            foreignKeyName: "mcp_proxy_tokens_mcp_client_registration_id_fkey";
            columns: ["mcp_client_registration_id"];
            isOneToOne: false;
            referencedRelation: "mcp_clients";
            referencedColumns: ["mcp_client_registration_id"];
          },
          {
            foreignKeyName: "mcp_proxy_tokens_upstream_token_id_fkey";
            columns: ["upstream_token_id"];
            isOneToOne: true;
            referencedRelation: "mcp_upstream_tokens";
            referencedColumns: ["upstream_token_id"];
          },
          {
            foreignKeyName: "mcp_proxy_tokens_upstream_token_id_fkey";
            columns: ["upstream_token_id"];
            isOneToOne: true;
            referencedRelation: "upstream_oauth_tokens";
            referencedColumns: ["id"];
          },
          {
            foreignKeyName: "token_family_belongs_to_a_server_of_its_organization";
            columns: ["organization_id", "mcp_server_id"];
            isOneToOne: false;
            referencedRelation: "mcp_server_settings";
            referencedColumns: ["organization_id", "mcp_server_id"];
          },
          {
            foreignKeyName: "token_family_belongs_to_a_server_of_its_organization";
            columns: ["organization_id", "mcp_server_id"];
            isOneToOne: false;
            referencedRelation: "mcp_servers";
            referencedColumns: ["organization_id", "id"];
          },
          {
            foreignKeyName: "token_family_belongs_to_a_user_of_its_organization";
            columns: ["organization_id", "mcp_server_user_id"];
            isOneToOne: false;
            referencedRelation: "mcp_people";
            referencedColumns: ["organization_id", "mcp_server_user_id"];
          },
          {
            foreignKeyName: "token_family_belongs_to_a_user_of_its_organization";
            columns: ["organization_id", "mcp_server_user_id"];
            isOneToOne: false;
            referencedRelation: "mcp_server_user";
            referencedColumns: ["organization_id", "id"];
          },
        ];
      };
      "mcp_resource_servers": {
        Row: {
          "created_at": string;
          "id": string;
          "mcp_server_id": string;
          "name": string;
          "organization_id": string;
          "secret_hash": string;
        };
        ComputedFields: never;
        Insert: {
          "created_at"?: string;
          "id"?: string;
          "mcp_server_id": string;
          "name": string;
          "organization_id": string;
          "secret_hash": string;
        };
        Update: {
          "created_at"?: string;
          "id"?: string;
          "mcp_server_id"?: string;
          "name"?: string;
          "organization_id"?: string;
          "secret_hash"?: string;
        };
        Relationships: [
          {
            foreignKeyName: "resource_server_belongs_to_a_server_of_its_organization";
            columns: ["organization_id", "mcp_server_id"];
            isOneToOne: false;
            referencedRelation: "mcp_server_settings";
            referencedColumns: ["organization_id", "mcp_server_id"];
          },
          {
            foreignKeyName: "resource_server_belongs_to_a_server_of_its_organization";
            columns: ["organization_id", "mcp_server_id"];
            isOneToOne: false;
            referencedRelation: "mcp_servers";
            referencedColumns: ["organization_id", "id"];
          },
        ];
      };
      "mcp_server_session": {
        Row: {
          "client_id": string | null;
          "first_seen_at": string;
          "id": string;
          "keep_until": string;
          "last_seen_at": string;
          "mcp_server_id": string;
          "mcp_server_user_id": string;
          "organization_id": string;
          "session_hash": string;
        };
        ComputedFields: never;
        Insert: {
          "client_id"?: string | null;
          "first_seen_at"?: string;
          "id"?: string;
          "keep_until": string;
          "last_seen_at"?: string;
          "mcp_server_id": string;
          "mcp_server_user_id": string;
          "organization_id": string;
          "session_hash": string;
        };
        Update: {
          "client_id"?: string | null;
          "first_seen_at"?: string;
          "id"?: string;
          "keep_until"?: string;
          "last_seen_at"?: string;
          "mcp_server_id"?: string;
          "mcp_server_user_id"?: string;
          "organization_id"?: string;
          "session_hash"?: string;
        };
        Relationships: [
          {
            foreignKeyName: "mcp_session_belongs_to_a_server_of_its_organization";
            columns: ["organization_id", "mcp_server_id"];
            isOneToOne: false;
            referencedRelation: "mcp_server_settings";
            referencedColumns: ["organization_id", "mcp_server_id"];
          },
          {
            foreignKeyName: "mcp_session_belongs_to_a_server_of_its_organization";
            columns: ["organization_id", "mcp_server_id"];
            isOneToOne: false;
            referencedRelation: "mcp_servers";
            referencedColumns: ["organization_id", "id"];
          },
          {
            foreignKeyName: "mcp_session_belongs_to_a_user_of_its_organization";
            columns: ["organization_id", "mcp_server_user_id"];
            isOneToOne: false;
            referencedRelation: "mcp_people";
            referencedColumns: ["organization_id", "mcp_server_user_id"];
          },
          {
            foreignKeyName: "mcp_session_belongs_to_a_user_of_its_organization";
            columns: ["organization_id", "mcp_server_user_id"];
            isOneToOne: false;
            referencedRelation: "mcp_server_user";
            referencedColumns: ["organization_id", "id"];
          },
        ];
      };
      "mcp_server_user": {
        Row: {
          "auth_type": string;
          "blocked_at": string | null;
          "came_back_on": string | null;
          "claimed_at": string | null;
          "email": string | null;
          "email_verified": boolean;
          "first_called_on": string | null;
          "first_seen_at": string;
          "id": string;
          "keep_until": string | null;
          "last_seen_at": string;
          "organization_id": string;
          "profile_data": NonNullable<Json>;
          "profile_refreshed_at": string | null;
          "tracked_at": string | null;
          "tracking_hash": string | null;
          "upstream_sub": string | null;
          "visitor_slot": number | null;
        };
        ComputedFields: never;
        Insert: {
          "auth_type": string;
          "blocked_at"?: string | null;
          "came_back_on"?: string | null;
          "claimed_at"?: string | null;
          "email"?: string | null;
          "email_verified"?: boolean;
          "first_called_on"?: string | null;
          "first_seen_at"?: string;
          "id"?: string;
          "keep_until"?: string | null;
          "last_seen_at"?: string;
          "organization_id": string;
          "profile_data"?: NonNullable<Json>;
          "profile_refreshed_at"?: string | null;
          "tracked_at"?: string | null;
          "tracking_hash"?: string | null;
          "upstream_sub"?: string | null;
          "visitor_slot"?: number | null;
        };
        Update: {
          "auth_type"?: string;
          "blocked_at"?: string | null;
          "came_back_on"?: string | null;
          "claimed_at"?: string | null;
          "email"?: string | null;
          "email_verified"?: boolean;
          "first_called_on"?: string | null;
          "first_seen_at"?: string;
          "id"?: string;
          "keep_until"?: string | null;
          "last_seen_at"?: string;
          "organization_id"?: string;
          "profile_data"?: NonNullable<Json>;
          "profile_refreshed_at"?: string | null;
          "tracked_at"?: string | null;
          "tracking_hash"?: string | null;
          "upstream_sub"?: string | null;
          "visitor_slot"?: number | null;
        };
        Relationships: [
          {
            foreignKeyName: "mcp_server_user_organization_id_fkey";
            columns: ["organization_id"];
            isOneToOne: false;
            referencedRelation: "mcp_organizations";
            referencedColumns: ["organization_id"];
          },
          {
            foreignKeyName: "mcp_server_user_organization_id_fkey";
            columns: ["organization_id"];
            isOneToOne: false;
            referencedRelation: "organizations";
            referencedColumns: ["id"];
          },
        ];
      };
      "mcp_server_user_identities": {
        Row: {
          "created_at": string;
          "first_oauth_config_id": string;
          "mcp_server_user_id": string;
          "organization_id": string;
          "source": string;
          "subject": string;
        };
        ComputedFields: never;
        Insert: {
          "created_at"?: string;
          "first_oauth_config_id": string;
          "mcp_server_user_id": string;
          "organization_id": string;
          "source": string;
          "subject": string;
        };
        Update: {
          "created_at"?: string;
          "first_oauth_config_id"?: string;
          "mcp_server_user_id"?: string;
          "organization_id"?: string;
          "source"?: string;
          "subject"?: string;
        };
        Relationships: [
          {
            foreignKeyName: "identity_belongs_to_a_user_of_its_organization";
            columns: ["organization_id", "mcp_server_user_id"];
            isOneToOne: false;
            referencedRelation: "mcp_people";
            referencedColumns: ["organization_id", "mcp_server_user_id"];
          },
          {
            foreignKeyName: "identity_belongs_to_a_user_of_its_organization";
            columns: ["organization_id", "mcp_server_user_id"];
            isOneToOne: false;
            referencedRelation: "mcp_server_user";
            referencedColumns: ["organization_id", "id"];
          },
        ];
      };
      "mcp_server_user_merges": {
        Row: {
          "id": string;
          "identities": NonNullable<Json>;
          "mcp_server_user_id": string;
          "merged_at": string;
          "merged_by": string | null;
          "merged_user": NonNullable<Json>;
          "merged_user_id": string;
          "organization_id": string;
          "session_ids": (string)[];
          "taken_back_at": string | null;
        };
        ComputedFields: never;
        Insert: {
          "id"?: string;
          "identities": NonNullable<Json>;
          "mcp_server_user_id": string;
          "merged_at"?: string;
          "merged_by"?: string | null;
          "merged_user": NonNullable<Json>;
          "merged_user_id": string;
          "organization_id": string;
          "session_ids": (string)[];
          "taken_back_at"?: string | null;
        };
        Update: {
          "id"?: string;
          "identities"?: NonNullable<Json>;
          "mcp_server_user_id"?: string;
          "merged_at"?: string;
          "merged_by"?: string | null;
          "merged_user"?: NonNullable<Json>;
          "merged_user_id"?: string;
          "organization_id"?: string;
          "session_ids"?: (string)[];
          "taken_back_at"?: string | null;
        };
        Relationships: [
          {
            foreignKeyName: "merge_is_of_a_user_of_its_organization";
            columns: ["organization_id", "mcp_server_user_id"];
            isOneToOne: false;
            referencedRelation: "mcp_people";
            referencedColumns: ["organization_id", "mcp_server_user_id"];
          },
          {
            foreignKeyName: "merge_is_of_a_user_of_its_organization";
            columns: ["organization_id", "mcp_server_user_id"];
            isOneToOne: false;
            referencedRelation: "mcp_server_user";
            referencedColumns: ["organization_id", "id"];
          },
        ];
      };
      "mcp_servers": {
        Row: {
          "access_token_seconds": number;
          "auth_type": string;
          "config_owner_id": string | null;
          "created_at": string;
          "custom_oauth_config_id": string | null;
          "disabled_at": string | null;
          "id": string;
          "initial_access_token_hash": string | null;
          "metadata_document_hosts": (string)[];
          "metadata_document_policy": string;
          "name": string;
          "organization_id": string;
          "record_payloads": string;
          "redacted_paths": (string)[];
          "refresh_token_seconds": number;
          "registration_policy": string;
          "registration_redirect_hosts": (string)[];
          "required_scopes": (string)[];
          "resource": string | null;
          "scope_descriptions": NonNullable<Json>;
          "scope_hierarchy": NonNullable<Json>;
          "scope_rules": NonNullable<Json>;
          "scopes_supported": (string)[];
          "slug": string;
          "updated_at": string;
          "upstream_authorization": string;
          "upstream_url": string | null;
          "describe_mcp_server": Json | null;
        };
        ComputedFields: "describe_mcp_server";
        Insert: {
          "access_token_seconds"?: number;
          "auth_type"?: string;
          "config_owner_id"?: never;
          "created_at"?: string;
          "custom_oauth_config_id"?: string | null;
          "disabled_at"?: string | null;
          "id"?: string;
          "initial_access_token_hash"?: string | null;
          "metadata_document_hosts"?: (string)[];
          "metadata_document_policy"?: string;
          "name": string;
          "organization_id": string;
          "record_payloads"?: string;
          "redacted_paths"?: (string)[];
          "refresh_token_seconds"?: number;
          "registration_policy"?: string;
          "registration_redirect_hosts"?: (string)[];
          "required_scopes"?: (string)[];
          "resource"?: string | null;
          "scope_descriptions"?: NonNullable<Json>;
          "scope_hierarchy"?: NonNullable<Json>;
          "scope_rules"?: NonNullable<Json>;
          "scopes_supported"?: (string)[];
          "slug": string;
          "updated_at"?: string;
          "upstream_authorization"?: string;
          "upstream_url"?: string | null;
        };
        Update: {
          "access_token_seconds"?: number;
          "auth_type"?: string;
          "config_owner_id"?: never;
          "created_at"?: string;
          "custom_oauth_config_id"?: string | null;
          "disabled_at"?: string | null;
          "id"?: string;
          "initial_access_token_hash"?: string | null;
          "metadata_document_hosts"?: (string)[];
          "metadata_document_policy"?: string;
          "name"?: string;
          "organization_id"?: string;
          "record_payloads"?: string;
          "redacted_paths"?: (string)[];
          "refresh_token_seconds"?: number;
          "registration_policy"?: string;
          "registration_redirect_hosts"?: (string)[];
          "required_scopes"?: (string)[];
          "resource"?: string | null;
          "scope_descriptions"?: NonNullable<Json>;
          "scope_hierarchy"?: NonNullable<Json>;
          "scope_rules"?: NonNullable<Json>;
          "scopes_supported"?: (string)[];
          "slug"?: string;
          "updated_at"?: string;
          "upstream_authorization"?: string;
          "upstream_url"?: string | null;
        };
        Relationships: [
          {
            foreignKeyName: "mcp_server_uses_a_config_of_its_own_or_the_platform";
            columns: ["config_owner_id", "custom_oauth_config_id"];
            isOneToOne: false;
            referencedRelation: "custom_oauth_configs";
            referencedColumns: ["owner_id", "id"];
          },
          {
            foreignKeyName: "mcp_servers_organization_id_fkey";
            columns: ["organization_id"];
            isOneToOne: false;
            referencedRelation: "mcp_organizations";
            referencedColumns: ["organization_id"];
          },
          {
            foreignKeyName: "mcp_servers_organization_id_fkey";
            columns: ["organization_id"];
            isOneToOne: false;
            referencedRelation: "organizations";
            referencedColumns: ["id"];
          },
        ];
      };
      "mcp_tool_users": {
        Row: {
          "calls": number;
          "failed": number;
          "first_called_on": string;
          "last_called_on": string;
          "mcp_server_id": string;
          "mcp_server_user_id": string;
          "method": string;
          "milliseconds": number;
          "name": string;
          "organization_id": string;
          "tool_key": string;
        };
        ComputedFields: never;
        Insert: {
          "calls": number;
          "failed": number;
          "first_called_on": string;
          "last_called_on": string;
          "mcp_server_id": string;
          "mcp_server_user_id": string;
          "method": string;
          "milliseconds": number;
          "name": string;
          "organization_id": string;
          "tool_key"?: never;
        };
        Update: {
          "calls"?: number;
          "failed"?: number;
          "first_called_on"?: string;
          "last_called_on"?: string;
          "mcp_server_id"?: string;
          "mcp_server_user_id"?: string;
          "method"?: string;
          "milliseconds"?: number;
          "name"?: string;
          "organization_id"?: string;
          "tool_key"?: never;
        };
        Relationships: [
          {
            foreignKeyName: "tool_user_is_a_user_of_its_organization";
            columns: ["organization_id", "mcp_server_user_id"];
            isOneToOne: false;
            referencedRelation: "mcp_people";
            referencedColumns: ["organization_id", "mcp_server_user_id"];
          },
          {
            foreignKeyName: "tool_user_is_a_user_of_its_organization";
            columns: ["organization_id", "mcp_server_user_id"];
            isOneToOne: false;
            referencedRelation: "mcp_server_user";
            referencedColumns: ["organization_id", "id"];
          },
          {
            foreignKeyName: "tool_user_is_of_a_server_of_its_organization";
            columns: ["organization_id", "mcp_server_id"];
            isOneToOne: false;
            referencedRelation: "mcp_server_settings";
            referencedColumns: ["organization_id", "mcp_server_id"];
          },
          {
            foreignKeyName: "tool_user_is_of_a_server_of_its_organization";
            columns: ["organization_id", "mcp_server_id"];
            isOneToOne: false;
            referencedRelation: "mcp_servers";
            referencedColumns: ["organization_id", "id"];
          },
        ];
      };
      "mcp_user_activity": {
        Row: {
          "calls": number;
          "came_back_on": string | null;
          "first_called_on": string | null;
          "last_called_on": string | null;
          "last_day_calls": number;
          "mcp_server_user_id": string;
          "organization_id": string;
        };
        ComputedFields: never;
        Insert: {
          "calls"?: number;
          "came_back_on"?: string | null;
          "first_called_on"?: string | null;
          "last_called_on"?: string | null;
          "last_day_calls"?: number;
          "mcp_server_user_id": string;
          "organization_id": string;
        };
        Update: {
          "calls"?: number;
          "came_back_on"?: string | null;
          "first_called_on"?: string | null;
          "last_called_on"?: string | null;
          "last_day_calls"?: number;
          "mcp_server_user_id"?: string;
          "organization_id"?: string;
        };
        Relationships: [
          {
            foreignKeyName: "activity_is_of_a_user_of_its_organization";
            columns: ["organization_id", "mcp_server_user_id"];
            isOneToOne: true;
            referencedRelation: "mcp_people";
            referencedColumns: ["organization_id", "mcp_server_user_id"];
          },
          {
            foreignKeyName: "activity_is_of_a_user_of_its_organization";
            columns: ["organization_id", "mcp_server_user_id"];
            isOneToOne: true;
            referencedRelation: "mcp_server_user";
            referencedColumns: ["organization_id", "id"];
          },
        ];
      };
      "organization_foundings": {
        Row: {
          "founded_at": string;
          "organization_id": string;
          "platform_user_id": string;
        };
        ComputedFields: never;
        Insert: {
          "founded_at"?: string;
          "organization_id": string;
          "platform_user_id": string;
        };
        Update: {
          "founded_at"?: string;
          "organization_id"?: string;
          "platform_user_id"?: string;
        };
        Relationships: [];
      };
      "organization_invitations": {
        Row: {
          "created_at": string;
          "email": string;
          "expires_at": string;
          "id": string;
          "invited_by": string;
          "organization_id": string;
          "role": string;
        };
        ComputedFields: never;
        Insert: {
          "created_at"?: string;
          "email": string;
          "expires_at"?: string;
          "id"?: string;
          "invited_by": string;
          "organization_id": string;
          "role": string;
        };
        Update: {
          "created_at"?: string;
          "email"?: string;
          "expires_at"?: string;
          "id"?: string;
          "invited_by"?: string;
          "organization_id"?: string;
          "role"?: string;
        };
        Relationships: [
          {
            foreignKeyName: "organization_invitations_organization_id_fkey";
            columns: ["organization_id"];
            isOneToOne: false;
            referencedRelation: "mcp_organizations";
            referencedColumns: ["organization_id"];
          },
          {
            foreignKeyName: "organization_invitations_organization_id_fkey";
            columns: ["organization_id"];
            isOneToOne: false;
            referencedRelation: "organizations";
            referencedColumns: ["id"];
          },
        ];
      };
      "organization_members": {
        Row: {
          "created_at": string;
          "organization_id": string;
          "role": string;
          "user_id": string;
        };
        ComputedFields: never;
        Insert: {
          "created_at"?: string;
          "organization_id": string;
          "role"?: string;
          "user_id": string;
        };
        Update: {
          "created_at"?: string;
          "organization_id"?: string;
          "role"?: string;
          "user_id"?: string;
        };
        Relationships: [
          {
            foreignKeyName: "organization_members_organization_id_fkey";
            columns: ["organization_id"];
            isOneToOne: false;
            referencedRelation: "mcp_organizations";
            referencedColumns: ["organization_id"];
          },
          {
            foreignKeyName: "organization_members_organization_id_fkey";
            columns: ["organization_id"];
            isOneToOne: false;
            referencedRelation: "organizations";
            referencedColumns: ["id"];
          },
        ];
      };
      "organization_people": {
        Row: {
          "arrived": number;
          "counted_on": string;
          "identities": number;
          "organization_id": string;
        };
        ComputedFields: never;
        Insert: {
          "arrived"?: number;
          "counted_on"?: string;
          "identities"?: number;
          "organization_id": string;
        };
        Update: {
          "arrived"?: number;
          "counted_on"?: string;
          "identities"?: number;
          "organization_id"?: string;
        };
        Relationships: [
          {
            foreignKeyName: "organization_people_organization_id_fkey";
            columns: ["organization_id"];
            isOneToOne: true;
            referencedRelation: "mcp_organizations";
            referencedColumns: ["organization_id"];
          },
          {
            foreignKeyName: "organization_people_organization_id_fkey";
            columns: ["organization_id"];
            isOneToOne: true;
            referencedRelation: "organizations";
            referencedColumns: ["id"];
          },
        ];
      };
      "organizations": {
        Row: {
          "audit_retention_days": number;
          "call_retention_days": number;
          "created_at": string;
          "id": string;
          "identities_gone": number;
          "logo": string | null;
          "logo_version": string | null;
          "name": string;
        };
        ComputedFields: never;
        Insert: {
          "audit_retention_days"?: number;
          "call_retention_days"?: number;
          "created_at"?: string;
          "id"?: string;
          "identities_gone"?: number;
          "logo"?: string | null;
          "logo_version"?: never;
          "name": string;
        };
        Update: {
          "audit_retention_days"?: number;
          "call_retention_days"?: number;
          "created_at"?: string;
          "id"?: string;
          "identities_gone"?: number;
          "logo"?: string | null;
          "logo_version"?: never;
          "name"?: string;
        };
        Relationships: [];
      };
      "retired_server_names": {
        Row: {
          "name": string;
          "organization_id": string;
          "retired_at": string;
        };
        ComputedFields: never;
        Insert: {
          "name": string;
          "organization_id": string;
          "retired_at"?: string;
        };
        Update: {
          "name"?: string;
          "organization_id"?: string;
          "retired_at"?: string;
        };
        Relationships: [];
      };
      "row_bounds": {
        Row: {
          "beyond": string;
          "counted_in": string | null;
          "held_for": string | null;
          "kind": string;
          "of_server": number | null;
          "of_source": number;
        };
        ComputedFields: never;
        Insert: {
          "beyond": string;
          "counted_in"?: string | null;
          "held_for"?: string | null;
          "kind": string;
          "of_server"?: number | null;
          "of_source": number;
        };
        Update: {
          "beyond"?: string;
          "counted_in"?: string | null;
          "held_for"?: string | null;
          "kind"?: string;
          "of_server"?: number | null;
          "of_source"?: number;
        };
        Relationships: [];
      };
      "upstream_oauth_tokens": {
        Row: {
          "access_token_ciphertext": string;
          "client_generation": number;
          "created_at": string;
          "ended_at": string | null;
          "ended_reason": string | null;
          "expires_at": string | null;
          "first_refused_at": string | null;
          "id": string;
          "lender_id": string | null;
          "mcp_server_user_id": string;
          "oauth_config_id": string;
          "organization_id": string;
          "refresh_lease_hash": string | null;
          "refresh_leased_until": string | null;
          "refresh_token_ciphertext": string | null;
          "refreshed_at": string | null;
          "refusals": number;
          "scope": string | null;
          "source": string | null;
          "subject": string | null;
        };
        ComputedFields: never;
        Insert: {
          "access_token_ciphertext": string;
          "client_generation": number;
          "created_at"?: string;
          "ended_at"?: string | null;
          "ended_reason"?: string | null;
          "expires_at"?: string | null;
          "first_refused_at"?: string | null;
          "id"?: string;
          "lender_id"?: string | null;
          "mcp_server_user_id": string;
          "oauth_config_id": string;
          "organization_id": string;
          "refresh_lease_hash"?: string | null;
          "refresh_leased_until"?: string | null;
          "refresh_token_ciphertext"?: string | null;
          "refreshed_at"?: string | null;
          "refusals"?: number;
          "scope"?: string | null;
          "source"?: string | null;
          "subject"?: string | null;
        };
        Update: {
          "access_token_ciphertext"?: string;
          "client_generation"?: number;
          "created_at"?: string;
          "ended_at"?: string | null;
          "ended_reason"?: string | null;
          "expires_at"?: string | null;
          "first_refused_at"?: string | null;
          "id"?: string;
          "lender_id"?: string | null;
          "mcp_server_user_id"?: string;
          "oauth_config_id"?: string;
          "organization_id"?: string;
          "refresh_lease_hash"?: string | null;
          "refresh_leased_until"?: string | null;
          "refresh_token_ciphertext"?: string | null;
          "refreshed_at"?: string | null;
          "refusals"?: number;
          "scope"?: string | null;
          "source"?: string | null;
          "subject"?: string | null;
        };
        Relationships: [
          {
            foreignKeyName: "upstream_oauth_tokens_lender_id_fkey";
            columns: ["lender_id"];
            isOneToOne: false;
            referencedRelation: "mcp_upstream_tokens";
            referencedColumns: ["upstream_token_id"];
          },
          {
            foreignKeyName: "upstream_oauth_tokens_lender_id_fkey";
            columns: ["lender_id"];
            isOneToOne: false;
            referencedRelation: "upstream_oauth_tokens";
            referencedColumns: ["id"];
          },
          {
            foreignKeyName: "upstream_oauth_tokens_oauth_config_id_fkey";
            columns: ["oauth_config_id"];
            isOneToOne: false;
            referencedRelation: "custom_oauth_configs";
            referencedColumns: ["id"];
          },
          {
            foreignKeyName: "upstream_oauth_tokens_oauth_config_id_fkey";
            columns: ["oauth_config_id"];
            isOneToOne: false;
            referencedRelation: "mcp_providers";
            referencedColumns: ["oauth_config_id"];
          },
          {
            foreignKeyName: "upstream_token_belongs_to_a_user_of_its_organization";
            columns: ["organization_id", "mcp_server_user_id"];
            isOneToOne: false;
            referencedRelation: "mcp_people";
            referencedColumns: ["organization_id", "mcp_server_user_id"];
          },
          {
            foreignKeyName: "upstream_token_belongs_to_a_user_of_its_organization";
            columns: ["organization_id", "mcp_server_user_id"];
            isOneToOne: false;
            referencedRelation: "mcp_server_user";
            referencedColumns: ["organization_id", "id"];
          },
        ];
      };
    };
    Views: {
      "mcp_absent_people": {
        Row: {
          "calls": number;
          "came_back_on": string | null;
          "days_away": number | null;
          "email": string | null;
          "first_called_on": string | null;
          "is_known": boolean | null;
          "last_called_on": string | null;
          "mcp_server_user_id": string;
          "organization_id": string;
          "person_name": string | null;
        };
        ComputedFields: never;
        Relationships: [
          {
            foreignKeyName: "activity_is_of_a_user_of_its_organization";
            columns: ["organization_id", "mcp_server_user_id"];
            isOneToOne: true;
            referencedRelation: "mcp_people";
            referencedColumns: ["organization_id", "mcp_server_user_id"];
          },
          {
            foreignKeyName: "activity_is_of_a_user_of_its_organization";
            columns: ["organization_id", "mcp_server_user_id"];
            isOneToOne: true;
            referencedRelation: "mcp_server_user";
            referencedColumns: ["organization_id", "id"];
          },
        ];
      };
      "mcp_active_people": {
        Row: {
          "known": number;
          "organization_id": string;
          "people": number | null;
          "period": string;
          "starts_on": string;
          "visitors": number;
        };
        ComputedFields: never;
        Insert: {
          "known"?: number | null;
          "organization_id"?: string | null;
          "people"?: never;
          "period"?: string | null;
          "starts_on"?: string | null;
          "visitors"?: number | null;
        };
        Update: {
          "known"?: number | null;
          "organization_id"?: string | null;
          "people"?: never;
          "period"?: string | null;
          "starts_on"?: string | null;
          "visitors"?: number | null;
        };
        Relationships: [
          {
            foreignKeyName: "active_people_are_of_an_organization";
            columns: ["organization_id"];
            isOneToOne: false;
            referencedRelation: "mcp_organizations";
            referencedColumns: ["organization_id"];
          },
          {
            foreignKeyName: "active_people_are_of_an_organization";
            columns: ["organization_id"];
            isOneToOne: false;
            referencedRelation: "organizations";
            referencedColumns: ["id"];
          },
        ];
      };
      "mcp_audit": {
        Row: {
          "actor": string | null;
          "audit_event_id": number;
          "client_id": string | null;
          "detail": Json | null;
          "email": string | null;
          "event": string;
          "last_occurred_at": string;
          "mcp_server_id": string | null;
          "mcp_server_user_id": string | null;
          "object_id": string | null;
          "occurred_at": string;
          "occurrences": number;
          "organization_id": string;
          "platform_user_id": string | null;
          "reason": string | null;
          "repeated_request_ids": (string)[] | null;
          "request_id": string | null;
          "server": string | null;
        };
        ComputedFields: never;
        Relationships: [];
      };
      "mcp_client_versions": {
        Row: {
          "client_name": string | null;
          "client_version": string | null;
          "first_seen_on": string | null;
          "last_seen_on": string | null;
          "mcp_server_id": string;
          "organization_id": string;
          "people": number | null;
          "server": string;
          "sessions": number | null;
        };
        ComputedFields: never;
        Relationships: [
          {
            foreignKeyName: "call_sum_is_of_a_server_of_its_organization";
            columns: ["organization_id", "mcp_server_id"];
            isOneToOne: false;
            referencedRelation: "mcp_server_settings";
            referencedColumns: ["organization_id", "mcp_server_id"];
          },
          {
            foreignKeyName: "call_sum_is_of_a_server_of_its_organization";
            columns: ["organization_id", "mcp_server_id"];
            isOneToOne: false;
            referencedRelation: "mcp_servers";
            referencedColumns: ["organization_id", "id"];
          },
        ];
      };
      "mcp_clients": {
        Row: {
          "client_id": string;
          "client_metadata": NonNullable<Json>;
          "client_name": string | null;
          "created_at": string;
          "expires_at": string | null;
          "first_used_at": string | null;
          "grant_types": (string)[];
          "kind": string;
          "last_used_at": string | null;
          "logins": number | null;
          "mcp_client_registration_id": string;
          "mcp_server_id": string;
          "organization_id": string;
          "redirect_uris": (string)[];
          "server": string;
          "token_endpoint_auth_method": string;
        };
        ComputedFields: never;
        Relationships: [
          {
            foreignKeyName: "client_belongs_to_a_server_of_its_organization";
            columns: ["organization_id", "mcp_server_id"];
            isOneToOne: false;
            referencedRelation: "mcp_server_settings";
            referencedColumns: ["organization_id", "mcp_server_id"];
          },
          {
            foreignKeyName: "client_belongs_to_a_server_of_its_organization";
            columns: ["organization_id", "mcp_server_id"];
            isOneToOne: false;
            referencedRelation: "mcp_servers";
            referencedColumns: ["organization_id", "id"];
          },
        ];
      };
      "mcp_connections": {
        Row: {
          "blocked_at": string | null;
          "client_id": string;
          "client_name": string | null;
          "email": string | null;
          "expires_at": string | null;
          "first_used_at": string | null;
          "last_login_at": string;
          "last_used_at": string | null;
          "logins": number | null;
          "mcp_client_registration_id": string;
          "mcp_server_id": string;
          "mcp_server_user_id": string;
          "name": string | null;
          "organization_id": string;
          "scopes": (string)[] | null;
          "server": string;
        };
        ComputedFields: never;
        Relationships: [
          {
            foreignKeyName: "mcp_proxy_tokens_mcp_client_registration_id_fkey";
            columns: ["mcp_client_registration_id"];
            isOneToOne: false;
            referencedRelation: "mcp_client_registrations";
            referencedColumns: ["id"];
          },
          {
            foreignKeyName: "mcp_proxy_tokens_mcp_client_registration_id_fkey";
            columns: ["mcp_client_registration_id"];
            isOneToOne: false;
            referencedRelation: "mcp_clients";
            referencedColumns: ["mcp_client_registration_id"];
          },
          {
            foreignKeyName: "token_family_belongs_to_a_server_of_its_organization";
            columns: ["organization_id", "mcp_server_id"];
            isOneToOne: false;
            referencedRelation: "mcp_server_settings";
            referencedColumns: ["organization_id", "mcp_server_id"];
          },
          {
            foreignKeyName: "token_family_belongs_to_a_server_of_its_organization";
            columns: ["organization_id", "mcp_server_id"];
            isOneToOne: false;
            referencedRelation: "mcp_servers";
            referencedColumns: ["organization_id", "id"];
          },
          {
            foreignKeyName: "token_family_belongs_to_a_user_of_its_organization";
            columns: ["organization_id", "mcp_server_user_id"];
            isOneToOne: false;
            referencedRelation: "mcp_people";
            referencedColumns: ["organization_id", "mcp_server_user_id"];
          },
          {
            foreignKeyName: "token_family_belongs_to_a_user_of_its_organization";
            columns: ["organization_id", "mcp_server_user_id"];
            isOneToOne: false;
            referencedRelation: "mcp_server_user";
            referencedColumns: ["organization_id", "id"];
          },
        ];
      };
      "mcp_ended_logins": {
        Row: {
          "began_at": string | null;
          "client_id": string | null;
          "email": string | null;
          "ended_at": string | null;
          "event": string | null;
          "mcp_server_id": string | null;
          "mcp_server_user_id": string | null;
          "organization_id": string | null;
          "platform_user_id": string | null;
          "reason": string | null;
          "request_id": string | null;
          "server": string | null;
        };
        ComputedFields: never;
        Relationships: [];
      };
      "mcp_funnel": {
        Row: {
          "called": number | null;
          "came_as": string | null;
          "came_back": number | null;
          "logged_in": number | null;
          "organization_id": string;
          "people": number | null;
          "week": string | null;
        };
        ComputedFields: never;
        Relationships: [
          {
            foreignKeyName: "mcp_server_user_organization_id_fkey";
            columns: ["organization_id"];
            isOneToOne: false;
            referencedRelation: "mcp_organizations";
            referencedColumns: ["organization_id"];
          },
          {
            foreignKeyName: "mcp_server_user_organization_id_fkey";
            columns: ["organization_id"];
            isOneToOne: false;
            referencedRelation: "organizations";
            referencedColumns: ["id"];
          },
        ];
      };
      "mcp_invitations": {
        Row: {
          "email": string;
          "expires_at": string;
          "invitation_id": string;
          "invited_at": string;
          "invited_by": string;
          "invited_by_email": string | null;
          "organization_id": string;
          "role": string;
        };
        ComputedFields: never;
        Relationships: [
          {
            foreignKeyName: "organization_invitations_organization_id_fkey";
            columns: ["organization_id"];
            isOneToOne: false;
            referencedRelation: "mcp_organizations";
            referencedColumns: ["organization_id"];
          },
          {
            foreignKeyName: "organization_invitations_organization_id_fkey";
            columns: ["organization_id"];
            isOneToOne: false;
            referencedRelation: "organizations";
            referencedColumns: ["id"];
          },
        ];
      };
      "mcp_known_callers": {
        Row: {
          "day": string;
          "known": number | null;
          "known_calls": number | null;
          "organization_id": string;
          "share_of_callers": number | null;
          "share_of_calls": number | null;
          "unknown_calls": number | null;
          "visitor_calls": number | null;
          "visitors": number | null;
        };
        ComputedFields: never;
        Relationships: [];
      };
      "mcp_login_attempts": {
        Row: {
          "began_at": string | null;
          "client_id": string | null;
          "client_name": string | null;
          "email": string | null;
          "ended_at": string | null;
          "error_code": string | null;
          "logged_at": string | null;
          "mcp_server_id": string | null;
          "mcp_server_user_id": string | null;
          "member": string | null;
          "organization_id": string | null;
          "outcome": string | null;
          "problem": string | null;
          "reason": string | null;
          "request_id": string | null;
          "server": string | null;
          "status": number | null;
          "step": string | null;
        };
        ComputedFields: never;
        Relationships: [];
      };
      "mcp_login_days": {
        Row: {
          "begun": number | null;
          "day": string | null;
          "logins": number | null;
          "mcp_server_id": string | null;
          "organization_id": string | null;
          "outcome": string | null;
          "reason": string | null;
          "server": string | null;
        };
        ComputedFields: never;
        Relationships: [];
      };
      "mcp_members": {
        Row: {
          "email": string | null;
          "joined_at": string;
          "organization_id": string;
          "role": string;
          "user_id": string;
        };
        ComputedFields: never;
        Relationships: [
          {
            foreignKeyName: "organization_members_organization_id_fkey";
            columns: ["organization_id"];
            isOneToOne: false;
            referencedRelation: "mcp_organizations";
            referencedColumns: ["organization_id"];
          },
          {
            foreignKeyName: "organization_members_organization_id_fkey";
            columns: ["organization_id"];
            isOneToOne: false;
            referencedRelation: "organizations";
            referencedColumns: ["id"];
          },
        ];
      };
      "mcp_merges": {
        Row: {
          "actor": string | null;
          "email": string | null;
          "mcp_server_user_id": string;
          "merge_id": string;
          "merged_at": string;
          "merged_by": string | null;
          "merged_user_id": string;
          "organization_id": string;
          "taken_back_at": string | null;
        };
        ComputedFields: never;
        Relationships: [
          {
            foreignKeyName: "merge_is_of_a_user_of_its_organization";
            columns: ["organization_id", "mcp_server_user_id"];
            isOneToOne: false;
            referencedRelation: "mcp_people";
            referencedColumns: ["organization_id", "mcp_server_user_id"];
          },
          {
            foreignKeyName: "merge_is_of_a_user_of_its_organization";
            columns: ["organization_id", "mcp_server_user_id"];
            isOneToOne: false;
            referencedRelation: "mcp_server_user";
            referencedColumns: ["organization_id", "id"];
          },
        ];
      };
      "mcp_organizations": {
        Row: {
          "audit_retention_days": number;
          "call_retention_days": number;
          "created_at": string;
          "logo_version": string | null;
          "name": string;
          "organization_id": string;
          "own_role": string | null;
        };
        ComputedFields: never;
        Relationships: [];
      };
      "mcp_people": {
        Row: {
          "auth_type": string;
          "blocked_at": string | null;
          "email": string | null;
          "email_verified": boolean;
          "first_seen_at": string;
          "identities": Json | null;
          "last_seen_at": string;
          "mcp_server_user_id": string;
          "name": string | null;
          "organization_id": string;
          "profile": NonNullable<Json>;
          "profile_refreshed_at": string | null;
        };
        ComputedFields: never;
        Insert: {
          "auth_type"?: string | null;
          "blocked_at"?: string | null;
          "email"?: string | null;
          "email_verified"?: boolean | null;
          "first_seen_at"?: string | null;
          "identities"?: never;
          "last_seen_at"?: string | null;
          "mcp_server_user_id"?: string | null;
          "name"?: never;
          "organization_id"?: string | null;
          "profile"?: Json | null;
          "profile_refreshed_at"?: string | null;
        };
        Update: {
          "auth_type"?: string | null;
          "blocked_at"?: string | null;
          "email"?: string | null;
          "email_verified"?: boolean | null;
          "first_seen_at"?: string | null;
          "identities"?: never;
          "last_seen_at"?: string | null;
          "mcp_server_user_id"?: string | null;
          "name"?: never;
          "organization_id"?: string | null;
          "profile"?: Json | null;
          "profile_refreshed_at"?: string | null;
        };
        Relationships: [
          {
            foreignKeyName: "mcp_server_user_organization_id_fkey";
            columns: ["organization_id"];
            isOneToOne: false;
            referencedRelation: "mcp_organizations";
            referencedColumns: ["organization_id"];
          },
          {
            foreignKeyName: "mcp_server_user_organization_id_fkey";
            columns: ["organization_id"];
            isOneToOne: false;
            referencedRelation: "organizations";
            referencedColumns: ["id"];
          },
        ];
      };
      "mcp_providers": {
        Row: {
          "account_prompt": string | null;
          "allowed_tenants": (string)[];
          "authorization_endpoint": string | null;
          "authorization_parameters": NonNullable<Json>;
          "client_id": string;
          "created_at": string;
          "disabled_at": string | null;
          "emails_endpoint": string | null;
          "identity_source": string;
          "issuer": string | null;
          "jwks_uri": string | null;
          "link_verified_email": boolean;
          "name": string;
          "oauth_config_id": string;
          "organization_id": string | null;
          "refresh_sends_scope": boolean;
          "refused_at": string | null;
          "refused_reason": string | null;
          "revocation_endpoint": string | null;
          "scopes": (string)[];
          "servers": (string)[] | null;
          "subject_claim": string;
          "token_endpoint": string | null;
          "token_endpoint_auth_method": string;
          "updated_at": string;
          "userinfo_endpoint": string | null;
        };
        ComputedFields: never;
        Insert: {
          "account_prompt"?: string | null;
          "allowed_tenants"?: (string)[] | null;
          "authorization_endpoint"?: string | null;
          "authorization_parameters"?: Json | null;
          "client_id"?: string | null;
          "created_at"?: string | null;
          "disabled_at"?: string | null;
          "emails_endpoint"?: string | null;
          "identity_source"?: string | null;
          "issuer"?: string | null;
          "jwks_uri"?: string | null;
          "link_verified_email"?: boolean | null;
          "name"?: string | null;
          "oauth_config_id"?: string | null;
          "organization_id"?: string | null;
          "refresh_sends_scope"?: boolean | null;
          "refused_at"?: string | null;
          "refused_reason"?: string | null;
          "revocation_endpoint"?: string | null;
          "scopes"?: (string)[] | null;
          "servers"?: never;
          "subject_claim"?: string | null;
          "token_endpoint"?: string | null;
          "token_endpoint_auth_method"?: string | null;
          "updated_at"?: string | null;
          "userinfo_endpoint"?: string | null;
        };
        Update: {
          "account_prompt"?: string | null;
          "allowed_tenants"?: (string)[] | null;
          "authorization_endpoint"?: string | null;
          "authorization_parameters"?: Json | null;
          "client_id"?: string | null;
          "created_at"?: string | null;
          "disabled_at"?: string | null;
          "emails_endpoint"?: string | null;
          "identity_source"?: string | null;
          "issuer"?: string | null;
          "jwks_uri"?: string | null;
          "link_verified_email"?: boolean | null;
          "name"?: string | null;
          "oauth_config_id"?: string | null;
          "organization_id"?: string | null;
          "refresh_sends_scope"?: boolean | null;
          "refused_at"?: string | null;
          "refused_reason"?: string | null;
          "revocation_endpoint"?: string | null;
          "scopes"?: (string)[] | null;
          "servers"?: never;
          "subject_claim"?: string | null;
          "token_endpoint"?: string | null;
          "token_endpoint_auth_method"?: string | null;
          "updated_at"?: string | null;
          "userinfo_endpoint"?: string | null;
        };
        Relationships: [
          {
            foreignKeyName: "custom_oauth_configs_organization_id_fkey";
            columns: ["organization_id"];
            isOneToOne: false;
            referencedRelation: "mcp_organizations";
            referencedColumns: ["organization_id"];
          },
          {
            foreignKeyName: "custom_oauth_configs_organization_id_fkey";
            columns: ["organization_id"];
            isOneToOne: false;
            referencedRelation: "organizations";
            referencedColumns: ["id"];
          },
        ];
      };
      "mcp_resource_server_list": {
        Row: {
          "created_at": string;
          "mcp_server_id": string;
          "name": string;
          "organization_id": string;
          "resource_server_id": string;
          "server": string;
        };
        ComputedFields: never;
        Relationships: [
          {
            foreignKeyName: "resource_server_belongs_to_a_server_of_its_organization";
            columns: ["organization_id", "mcp_server_id"];
            isOneToOne: false;
            referencedRelation: "mcp_server_settings";
            referencedColumns: ["organization_id", "mcp_server_id"];
          },
          {
            foreignKeyName: "resource_server_belongs_to_a_server_of_its_organization";
            columns: ["organization_id", "mcp_server_id"];
            isOneToOne: false;
            referencedRelation: "mcp_servers";
            referencedColumns: ["organization_id", "id"];
          },
        ];
      };
      "mcp_server_settings": {
        Row: {
          "access_token_seconds": number;
          "auth_type": string;
          "created_at": string;
          "disabled_at": string | null;
          "mcp_server_id": string;
          "metadata_document_hosts": (string)[];
          "metadata_document_policy": string;
          "name": string;
          "oauth_config_id": string | null;
          "organization_id": string;
          "provider": string | null;
          "record_payloads": string;
          "redacted_paths": (string)[];
          "refresh_token_seconds": number;
          "registration_policy": string;
          "registration_redirect_hosts": (string)[];
          "required_scopes": (string)[];
          "resource": string | null;
          "scope_descriptions": NonNullable<Json>;
          "scope_hierarchy": NonNullable<Json>;
          "scope_rules": NonNullable<Json>;
          "scopes_supported": (string)[];
          "slug": string;
          "updated_at": string;
          "upstream_authorization": string;
          "upstream_url": string | null;
        };
        ComputedFields: never;
        Relationships: [
          {
            foreignKeyName: "mcp_servers_organization_id_fkey";
            columns: ["organization_id"];
            isOneToOne: false;
            referencedRelation: "mcp_organizations";
            referencedColumns: ["organization_id"];
          },
          {
            foreignKeyName: "mcp_servers_organization_id_fkey";
            columns: ["organization_id"];
            isOneToOne: false;
            referencedRelation: "organizations";
            referencedColumns: ["id"];
          },
        ];
      };
      "mcp_session_calls": {
        Row: {
          "arguments": Json | null;
          "bytes_in": number;
          "bytes_out": number;
          "client_id": string | null;
          "email": string | null;
          "error_code": number | null;
          "http_status": number | null;
          "mcp_call_id": number;
          "mcp_server_id": string;
          "mcp_server_user_id": string | null;
          "mcp_session_id": string | null;
          "method": string;
          "milliseconds": number;
          "name": string;
          "organization_id": string;
          "outcome": string;
          "result": Json | null;
          "server": string | null;
          "session_began_at": string | null;
          "started_at": string;
        };
        ComputedFields: never;
        Relationships: [];
      };
      "mcp_sessions": {
        Row: {
          "client_id": string | null;
          "email": string | null;
          "first_seen_at": string;
          "last_seen_at": string;
          "mcp_server_id": string;
          "mcp_server_user_id": string;
          "mcp_session_id": string;
          "organization_id": string;
          "server": string;
        };
        ComputedFields: never;
        Relationships: [
          {
            foreignKeyName: "mcp_session_belongs_to_a_server_of_its_organization";
            columns: ["organization_id", "mcp_server_id"];
            isOneToOne: false;
            referencedRelation: "mcp_server_settings";
            referencedColumns: ["organization_id", "mcp_server_id"];
          },
          {
            foreignKeyName: "mcp_session_belongs_to_a_server_of_its_organization";
            columns: ["organization_id", "mcp_server_id"];
            isOneToOne: false;
            referencedRelation: "mcp_servers";
            referencedColumns: ["organization_id", "id"];
          },
          {
            foreignKeyName: "mcp_session_belongs_to_a_user_of_its_organization";
            columns: ["organization_id", "mcp_server_user_id"];
            isOneToOne: false;
            referencedRelation: "mcp_people";
            referencedColumns: ["organization_id", "mcp_server_user_id"];
          },
          {
            foreignKeyName: "mcp_session_belongs_to_a_user_of_its_organization";
            columns: ["organization_id", "mcp_server_user_id"];
            isOneToOne: false;
            referencedRelation: "mcp_server_user";
            referencedColumns: ["organization_id", "id"];
          },
        ];
      };
      "mcp_tool_people": {
        Row: {
          "average_milliseconds": number | null;
          "calls": number;
          "email": string | null;
          "failed": number;
          "first_called_on": string;
          "is_known": boolean | null;
          "last_called_on": string;
          "mcp_server_id": string;
          "mcp_server_user_id": string;
          "method": string;
          "name": string;
          "organization_id": string;
          "person_name": string | null;
          "server": string;
        };
        ComputedFields: never;
        Relationships: [
          {
            foreignKeyName: "tool_user_is_a_user_of_its_organization";
            columns: ["organization_id", "mcp_server_user_id"];
            isOneToOne: false;
            referencedRelation: "mcp_people";
            referencedColumns: ["organization_id", "mcp_server_user_id"];
          },
          {
            foreignKeyName: "tool_user_is_a_user_of_its_organization";
            columns: ["organization_id", "mcp_server_user_id"];
            isOneToOne: false;
            referencedRelation: "mcp_server_user";
            referencedColumns: ["organization_id", "id"];
          },
          {
            foreignKeyName: "tool_user_is_of_a_server_of_its_organization";
            columns: ["organization_id", "mcp_server_id"];
            isOneToOne: false;
            referencedRelation: "mcp_server_settings";
            referencedColumns: ["organization_id", "mcp_server_id"];
          },
          {
            foreignKeyName: "tool_user_is_of_a_server_of_its_organization";
            columns: ["organization_id", "mcp_server_id"];
            isOneToOne: false;
            referencedRelation: "mcp_servers";
            referencedColumns: ["organization_id", "id"];
          },
        ];
      };
      "mcp_tools": {
        Row: {
          "bytes_in": number | null;
          "bytes_out": number | null;
          "calls": number | null;
          "cancelled": number | null;
          "error_rate": number | null;
          "failed": number | null;
          "last_called_on": string | null;
          "mcp_server_id": string;
          "method": string;
          "name": string;
          "organization_id": string;
          "p50_milliseconds": number | null;
          "p95_milliseconds": number | null;
          "people": number | null;
          "refused": number | null;
          "server": string;
        };
        ComputedFields: never;
        Relationships: [
          {
            foreignKeyName: "call_sum_is_of_a_server_of_its_organization";
            columns: ["organization_id", "mcp_server_id"];
            isOneToOne: false;
            referencedRelation: "mcp_server_settings";
            referencedColumns: ["organization_id", "mcp_server_id"];
          },
          {
            foreignKeyName: "call_sum_is_of_a_server_of_its_organization";
            columns: ["organization_id", "mcp_server_id"];
            isOneToOne: false;
            referencedRelation: "mcp_servers";
            referencedColumns: ["organization_id", "id"];
          },
        ];
      };
      "mcp_upstream_tokens": {
        Row: {
          "email": string | null;
          "ended_at": string | null;
          "expires_at": string | null;
          "mcp_server_user_id": string;
          "oauth_config_id": string;
          "obtained_at": string;
          "organization_id": string;
          "provider": string | null;
          "reason": string | null;
          "refusals": number;
          "refused_at": string | null;
          "renewed_at": string | null;
          "scopes": string | null;
          "upstream_token_id": string;
        };
        ComputedFields: never;
        Relationships: [
          {
            foreignKeyName: "upstream_oauth_tokens_oauth_config_id_fkey";
            columns: ["oauth_config_id"];
            isOneToOne: false;
            referencedRelation: "custom_oauth_configs";
            referencedColumns: ["id"];
          },
          {
            foreignKeyName: "upstream_oauth_tokens_oauth_config_id_fkey";
            columns: ["oauth_config_id"];
            isOneToOne: false;
            referencedRelation: "mcp_providers";
            referencedColumns: ["oauth_config_id"];
          },
          {
            foreignKeyName: "upstream_token_belongs_to_a_user_of_its_organization";
            columns: ["organization_id", "mcp_server_user_id"];
            isOneToOne: false;
            referencedRelation: "mcp_people";
            referencedColumns: ["organization_id", "mcp_server_user_id"];
          },
          {
            foreignKeyName: "upstream_token_belongs_to_a_user_of_its_organization";
            columns: ["organization_id", "mcp_server_user_id"];
            isOneToOne: false;
            referencedRelation: "mcp_server_user";
            referencedColumns: ["organization_id", "id"];
          },
        ];
      };
    };
    Functions: {
      "accept_organization_invitation": {
        Args: { "p_invitation_id": string };
        Returns: Database["public"]["CompositeTypes"]["platform_change"];
        SetofOptions: {
          from: "*";
          to: "platform_change";
          isOneToOne: true;
          isSetofReturn: false;
        };
      };
      "add_durations": { Args: { "p_one": (number)[]; "p_other": (number)[] }; Returns: (number)[] };
      "admit_person": { Args: { "p_is_named": boolean; "p_organization_id": string }; Returns: string };
      "are_redacted_paths": { Args: { "p_redacted_paths": (string)[] }; Returns: boolean };
      "are_redirect_uris": { Args: { "p_redirect_uris": (string)[] }; Returns: boolean };
      "are_scope_rules": { Args: { "p_rules": Json }; Returns: boolean };
      "are_scopes": { Args: { "p_scopes": Json }; Returns: boolean };
      "audit_keep_until": { Args: { "p_organization_id": string }; Returns: string };
      "audit_repeat_key": {
        Args: {
          "p_client_id": string;
          "p_detail": Json;
          "p_event": string;
          "p_mcp_server_id": string;
          "p_mcp_server_user_id": string;
          "p_occurred_at": string;
          "p_organization_id": string;
          "p_reason": string;
        };
        Returns: string;
      };
      "authenticate_mcp_client": {
        Args: {
          "p_assertion_expires_at": string;
          "p_assertion_hash": string;
          "p_client_id": string;
          "p_client_secret_hash": string;
          "p_slug": string;
        };
        Returns: Database["public"]["CompositeTypes"]["client_authentication"];
        SetofOptions: {
          from: "*";
          to: "client_authentication";
          isOneToOne: true;
          isSetofReturn: false;
        };
      };
      "bare_address": { Args: { "p_url": string }; Returns: string };
      "begin_authorization": {
        Args: { "p_client_id": string; "p_slug": string };
        Returns: Database["public"]["CompositeTypes"]["authorization_beginning"];
        SetofOptions: {
          from: "*";
          to: "authorization_beginning";
          isOneToOne: true;
          isSetofReturn: false;
        };
      };
      "begin_config_check": {
        Args: { "p_oauth_config_id"?: string; "p_organization_id"?: string };
        Returns: Database["public"]["CompositeTypes"]["platform_change"];
        SetofOptions: {
          from: "*";
          to: "platform_change";
          isOneToOne: true;
          isSetofReturn: false;
        };
      };
      "block_mcp_server_user": {
        Args: { "p_blocked"?: boolean; "p_mcp_server_user_id": string };
        Returns: Database["public"]["CompositeTypes"]["platform_change"];
        SetofOptions: {
          from: "*";
          to: "platform_change";
          isOneToOne: true;
          isSetofReturn: false;
        };
      };
      "check_sealed_table": {
        Args: { "p_after": string; "p_limit": number; "p_table": string };
        Returns: undefined;
      };
      "check_sealed_token": {
        Args: { "p_argument": string; "p_organization_id": string; "p_token": string };
        Returns: string;
      };
      "claim_authorization_session": {
        Args: { "p_browser_hash": string; "p_state_hash": string };
        Returns: Database["public"]["CompositeTypes"]["authorization_claim"];
        SetofOptions: {
          from: "*";
          to: "authorization_claim";
          isOneToOne: true;
          isSetofReturn: false;
        };
      };
      "claim_tracked_user": {
        Args: {
          "p_auth_type": string;
          "p_email": string;
          "p_email_verified": boolean;
          "p_organization_id": string;
          "p_profile": Json;
          "p_subject": string;
          "p_tracking_hash": string;
        };
        Returns: string;
      };
      "complete_authorization": {
        Args: {
          "p_access_token": string;
          "p_auth_time": string;
          "p_code_hash": string;
          "p_email": string;
          "p_email_verified": boolean;
          "p_expires_at": string;
          "p_profile": Json;
          "p_refresh_token": string;
          "p_scope": string;
          "p_session_id": string;
          "p_tracking_id": string;
          "p_upstream_issuer": string;
          "p_upstream_sub": string;
        };
        Returns: Database["public"]["CompositeTypes"]["authorization_completion"];
        SetofOptions: {
          from: "*";
          to: "authorization_completion";
          isOneToOne: true;
          isSetofReturn: false;
        };
      };
      "count_active_users": {
        Args: { "p_entries": (Database["public"]["CompositeTypes"]["mcp_call_entry"])[] };
        Returns: undefined;
      };
      "count_gone_identities": {
        Args: { "p_gone": number; "p_organization_id": string };
        Returns: undefined;
      };
      "count_mcp_calls": {
        Args: { "p_entries": (Database["public"]["CompositeTypes"]["mcp_call_entry"])[] };
        Returns: undefined;
      };
      "count_sealed_secrets": {
        Args: { "p_after": string; "p_limit": number; "p_table": string };
        Returns: Database["public"]["CompositeTypes"]["sealed_secret_count"];
        SetofOptions: {
          from: "*";
          to: "sealed_secret_count";
          isOneToOne: true;
          isSetofReturn: false;
        };
      };
      "count_upstream_refusal": {
        Args: { "p_lease_hash": string; "p_reason": string; "p_upstream_token_id": string };
        Returns: string;
      };
      "create_mcp_client": {
        Args: {
          "p_confidential"?: boolean;
          "p_mcp_server_id": string;
          "p_name": string;
          "p_redirect_uris": (string)[];
        };
        Returns: Database["public"]["CompositeTypes"]["mcp_client_creation"];
        SetofOptions: {
          from: "*";
          to: "mcp_client_creation";
          isOneToOne: true;
          isSetofReturn: false;
        };
      };
      "create_mcp_resource_server": {
        Args: { "p_mcp_server_id": string; "p_name": string };
        Returns: Database["public"]["CompositeTypes"]["resource_server_creation"];
        SetofOptions: {
          from: "*";
          to: "resource_server_creation";
          isOneToOne: true;
          isSetofReturn: false;
        };
      };
      "create_mcp_server_user": {
        Args: {
          "p_auth_type": string;
          "p_email": string;
          "p_email_verified": boolean;
          "p_organization_id": string;
          "p_profile": Json;
          "p_subject": string;
          "p_tracking_hash": string;
        };
        Returns: Database["public"]["CompositeTypes"]["user_resolution"];
        SetofOptions: {
          from: "*";
          to: "user_resolution";
          isOneToOne: true;
          isSetofReturn: false;
        };
      };
      "create_organization": {
        Args: { "p_name": string };
        Returns: Database["public"]["CompositeTypes"]["platform_change"];
        SetofOptions: {
          from: "*";
          to: "platform_change";
          isOneToOne: true;
          isSetofReturn: false;
        };
      };
      "current_request_id": { Args: Record<PropertyKey, never>; Returns: string };
      "decide_revocation": {
        Args: { "p_organization_id": string; "p_unknown": string };
        Returns: Database["public"]["CompositeTypes"]["connections_revocation"];
        SetofOptions: {
          from: "*";
          to: "connections_revocation";
          isOneToOne: true;
          isSetofReturn: false;
        };
      };
      "decline_organization_invitation": {
        Args: { "p_invitation_id": string };
        Returns: Database["public"]["CompositeTypes"]["platform_change"];
        SetofOptions: {
          from: "*";
          to: "platform_change";
          isOneToOne: true;
          isSetofReturn: false;
        };
      };
      "delete_mcp_client": {
        Args: { "p_id": string };
        Returns: Database["public"]["CompositeTypes"]["platform_change"];
        SetofOptions: {
          from: "*";
          to: "platform_change";
          isOneToOne: true;
          isSetofReturn: false;
        };
      };
      "delete_mcp_resource_server": {
        Args: { "p_id": string };
        Returns: Database["public"]["CompositeTypes"]["platform_change"];
        SetofOptions: {
          from: "*";
          to: "platform_change";
          isOneToOne: true;
          isSetofReturn: false;
        };
      };
      "delete_mcp_server": {
        Args: { "p_id": string };
        Returns: Database["public"]["CompositeTypes"]["platform_change"];
        SetofOptions: {
          from: "*";
          to: "platform_change";
          isOneToOne: true;
          isSetofReturn: false;
        };
      };
      "delete_mcp_server_user": {
        Args: { "p_mcp_server_user_id": string };
        Returns: Database["public"]["CompositeTypes"]["platform_change"];
        SetofOptions: {
          from: "*";
          to: "platform_change";
          isOneToOne: true;
          isSetofReturn: false;
        };
      };
      "delete_oauth_config": {
        Args: { "p_id": string };
        Returns: Database["public"]["CompositeTypes"]["platform_change"];
        SetofOptions: {
          from: "*";
          to: "platform_change";
          isOneToOne: true;
          isSetofReturn: false;
        };
      };
      "delete_organization": {
        Args: { "p_id": string };
        Returns: Database["public"]["CompositeTypes"]["platform_change"];
        SetofOptions: {
          from: "*";
          to: "platform_change";
          isOneToOne: true;
          isSetofReturn: false;
        };
      };
      "delete_unredeemed_logins": { Args: { "p_upstream_token_ids": (string)[] }; Returns: undefined };
      "delete_vault_entries": {
        Args: { "p_reason": string; "p_upstream_token_ids": (string)[] };
        Returns: undefined;
      };
      "describe_mcp_client": {
        Args: {
          "p_client": Omit<
            Database["public"]["Tables"]["mcp_client_registrations"]["Row"],
            Database["public"]["Tables"]["mcp_client_registrations"]["ComputedFields"]
          >;
        };
        Returns: Json;
      };
      "describe_mcp_server": {
        Args: {
          "p_server": Omit<
            Database["public"]["Tables"]["mcp_servers"]["Row"],
            Database["public"]["Tables"]["mcp_servers"]["ComputedFields"]
          >;
        };
        Returns: Json;
      };
      "describe_oauth_config": {
        Args: {
          "p_config": Omit<
            Database["public"]["Tables"]["custom_oauth_configs"]["Row"],
            Database["public"]["Tables"]["custom_oauth_configs"]["ComputedFields"]
          >;
        };
        Returns: Json;
      };
      "draw_slots": {
        Args: {
          "p_bound": Omit<
            Database["public"]["Tables"]["row_bounds"]["Row"],
            Database["public"]["Tables"]["row_bounds"]["ComputedFields"]
          >;
          "p_cause"?: string;
          "p_of_cause"?: number;
          "p_source": string;
        };
        Returns: (number)[];
      };
      "end_connections": {
        Args: {
          "p_client_id"?: string;
          "p_mcp_server_id"?: string;
          "p_mcp_server_user_id"?: string;
          "p_organization_id": string;
        };
        Returns: number;
      };
      "end_lent_refresh": { Args: { "p_holder_id": string; "p_reason": string }; Returns: undefined };
      "end_login": { Args: { "p_reason": string; "p_upstream_token_id": string }; Returns: undefined };
      "end_surplus_codes": {
        Args: {
          "p_mcp_server_user_id": string;
          "p_session": Omit<
            Database["public"]["Tables"]["mcp_authorization_sessions"]["Row"],
            Database["public"]["Tables"]["mcp_authorization_sessions"]["ComputedFields"]
          >;
        };
        Returns: undefined;
      };
      "end_surplus_families": {
        Args: {
          "p_client_id": string;
          "p_code": Omit<
            Database["public"]["Tables"]["mcp_authorization_codes"]["Row"],
            Database["public"]["Tables"]["mcp_authorization_codes"]["ComputedFields"]
          >;
        };
        Returns: undefined;
      };
      "end_upstream_token": {
        Args: {
          "p_known_access_token": string;
          "p_lease_hash": string;
          "p_reason": string;
          "p_upstream_token_id": string;
        };
        Returns: string;
      };
      "end_vault_entries": {
        Args: { "p_reason": string; "p_upstream_token_ids": (string)[] };
        Returns: undefined;
      };
      "erase_mcp_server_user": {
        Args: { "p_mcp_server_user_id": string };
        Returns: Database["public"]["CompositeTypes"]["user_erasure"];
        SetofOptions: {
          from: "*";
          to: "user_erasure";
          isOneToOne: true;
          isSetofReturn: false;
        };
      };
      "export_mcp_server_user": {
        Args: { "p_mcp_server_user_id": string };
        Returns: Database["public"]["CompositeTypes"]["user_export"];
        SetofOptions: {
          from: "*";
          to: "user_export";
          isOneToOne: true;
          isSetofReturn: false;
        };
      };
      "fail_authorization_session": {
        Args: { "p_detail"?: Json; "p_reason": string; "p_retry": boolean; "p_session_id": string };
        Returns: string;
      };
      "find_connections_login": {
        Args: { "p_family_id": string; "p_slug": string };
        Returns: {
          "auth_time": string | null;
          "created_at": string;
          "earlier_rotations": (Database["public"]["CompositeTypes"]["token_rotation"])[] | null;
          "expires_at": string;
          "expires_on": string;
          "handle_hash": string;
          "id": string;
          "mcp_client_registration_id": string;
          "mcp_server_id": string;
          "mcp_server_user_id": string;
          "organization_id": string;
          "previous_refresh_hash": string | null;
          "refresh_hash": string;
          "resource": string;
          "revoked_at": string | null;
          "revoked_reason": string | null;
          "rotated_at": string | null;
          "scope": string;
          "successor_ciphertext": string | null;
          "upstream_token_id": string;
        };
        SetofOptions: {
          from: "*";
          to: "mcp_proxy_tokens";
          isOneToOne: true;
          isSetofReturn: false;
        };
      };
      "find_linkable_user": {
        Args: { "p_auth_type": string; "p_email": string; "p_organization_id": string };
        Returns: string;
      };
      "find_mcp_client": {
        Args: { "p_client_id": string; "p_slug": string };
        Returns: Database["public"]["CompositeTypes"]["mcp_client_finding"];
        SetofOptions: {
          from: "*";
          to: "mcp_client_finding";
          isOneToOne: true;
          isSetofReturn: false;
        };
      };
      "find_mcp_server": {
        Args: { "p_slug": string };
        Returns: Database["public"]["CompositeTypes"]["mcp_server_finding"];
        SetofOptions: {
          from: "*";
          to: "mcp_server_finding";
          isOneToOne: true;
          isSetofReturn: false;
        };
      };
      "find_open_invitations": {
        Args: Record<PropertyKey, never>;
        Returns: {
          "created_at": string;
          "email": string;
          "expires_at": string;
          "id": string;
          "invited_by": string;
          "organization_id": string;
          "role": string;
        }[];
        SetofOptions: {
          from: "*";
          to: "organization_invitations";
          isOneToOne: false;
          isSetofReturn: true;
        };
      };
      "find_organization_logo": {
        Args: { "p_slug": string };
        Returns: Database["public"]["CompositeTypes"]["organization_logo"];
        SetofOptions: {
          from: "*";
          to: "organization_logo";
          isOneToOne: true;
          isSetofReturn: false;
        };
      };
      "find_refresh_lender": {
        Args: {
          "p_client_generation": number;
          "p_mcp_server_user_id": string;
          "p_oauth_config_id": string;
          "p_organization_id": string;
          "p_source": string;
          "p_subject": string;
        };
        Returns: string;
      };
      "find_successors": {
        Args: {
          "p_family": Omit<
            Database["public"]["Tables"]["mcp_proxy_tokens"]["Row"],
            Database["public"]["Tables"]["mcp_proxy_tokens"]["ComputedFields"]
          >;
          "p_refresh_hash": string;
        };
        Returns: (string)[];
      };
      "forget_mcp_callers": {
        Args: { "p_mcp_server_user_ids": (string)[]; "p_organization_ids": (string)[] };
        Returns: number;
      };
      "has_room": { Args: { "p_kind": string; "p_organization_id": string }; Returns: boolean };
      "hold_mcp_callers": {
        Args: { "p_entries": (Database["public"]["CompositeTypes"]["mcp_call_entry"])[] };
        Returns: Database["public"]["CompositeTypes"]["mcp_call_entry"][];
        SetofOptions: {
          from: "*";
          to: "mcp_call_entry";
          isOneToOne: false;
          isSetofReturn: true;
        };
      };
      "hold_organization": { Args: { "p_organization_id": string }; Returns: undefined };
      "image_type": { Args: { "p_image": string }; Returns: string };
      "insert_mcp_calls": {
        Args: { "p_entries": (Database["public"]["CompositeTypes"]["mcp_call_entry"])[] };
        Returns: undefined;
      };
      "introspect_own_token": {
        Args: {
          "p_assertion_expires_at": string;
          "p_assertion_hash": string;
          "p_client_id": string;
          "p_family_id": string;
          "p_handle_hash": string;
          "p_refresh_hash": string;
          "p_slug": string;
        };
        Returns: Database["public"]["CompositeTypes"]["token_introspection"];
        SetofOptions: {
          from: "*";
          to: "token_introspection";
          isOneToOne: true;
          isSetofReturn: false;
        };
      };
      "introspect_token": {
        Args: {
          "p_family_id": string;
          "p_handle_hash": string;
          "p_refresh_hash": string;
          "p_resource_server_id": string;
          "p_secret_hash": string;
          "p_slug": string;
        };
        Returns: Database["public"]["CompositeTypes"]["token_introspection"];
        SetofOptions: {
          from: "*";
          to: "token_introspection";
          isOneToOne: true;
          isSetofReturn: false;
        };
      };
      "invite_organization_member": {
        Args: { "p_email": string; "p_organization_id": string; "p_role"?: string };
        Returns: Database["public"]["CompositeTypes"]["platform_change"];
        SetofOptions: {
          from: "*";
          to: "platform_change";
          isOneToOne: true;
          isSetofReturn: false;
        };
      };
      "is_issuer_of_config": {
        Args: { "p_allowed_tenants": (string)[]; "p_config_issuer": string; "p_issuer": string };
        Returns: boolean;
      };
      "is_lived_on": { Args: { "p_but_for"?: string; "p_holder_id": string }; Returns: boolean };
      "is_mcp_call": { Args: { "p_element": Json }; Returns: boolean };
      "is_scope_descriptions": { Args: { "p_descriptions": Json }; Returns: boolean };
      "is_scope_hierarchy": { Args: { "p_hierarchy": Json }; Returns: boolean };
      "is_web_url": { Args: { "p_url": string }; Returns: boolean };
      "keep_call_partitions": { Args: Record<PropertyKey, never>; Returns: undefined };
      "leads_to_gateway": { Args: { "p_public_url": string; "p_url": string }; Returns: boolean };
      "lease_upstream_refresh": {
        Args: { "p_known_access_token": string; "p_lease_hash": string; "p_upstream_token_id": string };
        Returns: Database["public"]["CompositeTypes"]["upstream_refresh_lease"];
        SetofOptions: {
          from: "*";
          to: "upstream_refresh_lease";
          isOneToOne: true;
          isSetofReturn: false;
        };
      };
      "list_member_addresses": {
        Args: Record<PropertyKey, never>;
        Returns: Database["public"]["CompositeTypes"]["member_address"][];
        SetofOptions: {
          from: "*";
          to: "member_address";
          isOneToOne: false;
          isSetofReturn: true;
        };
      };
      "list_own_connections": {
        Args: { "p_family_id": string; "p_slug": string };
        Returns: Database["public"]["CompositeTypes"]["own_connections"];
        SetofOptions: {
          from: "*";
          to: "own_connections";
          isOneToOne: true;
          isSetofReturn: false;
        };
      };
      "list_own_invitations": {
        Args: Record<PropertyKey, never>;
        Returns: Database["public"]["CompositeTypes"]["own_invitation"][];
        SetofOptions: {
          from: "*";
          to: "own_invitation";
          isOneToOne: false;
          isSetofReturn: true;
        };
      };
      "list_stale_secrets": {
        Args: { "p_after": string; "p_key_id": string; "p_limit": number; "p_table": string };
        Returns: Database["public"]["CompositeTypes"]["stale_secret_list"];
        SetofOptions: {
          from: "*";
          to: "stale_secret_list";
          isOneToOne: true;
          isSetofReturn: false;
        };
      };
      "lock_refresh_holder": {
        Args: { "p_upstream_token_id": string };
        Returns: {
          "access_token_ciphertext": string;
          "client_generation": number;
          "created_at": string;
          "ended_at": string | null;
          "ended_reason": string | null;
          "expires_at": string | null;
          "first_refused_at": string | null;
          "id": string;
          "lender_id": string | null;
          "mcp_server_user_id": string;
          "oauth_config_id": string;
          "organization_id": string;
          "refresh_lease_hash": string | null;
          "refresh_leased_until": string | null;
          "refresh_token_ciphertext": string | null;
          "refreshed_at": string | null;
          "refusals": number;
          "scope": string | null;
          "source": string | null;
          "subject": string | null;
        };
        SetofOptions: {
          from: "*";
          to: "upstream_oauth_tokens";
          isOneToOne: true;
          isSetofReturn: false;
        };
      };
      "lock_vault_entries": { Args: { "p_upstream_token_ids": (string)[] }; Returns: undefined };
      "may_take_names": { Args: { "p_names": (string)[]; "p_organization_id": string }; Returns: boolean };
      "merge_mcp_server_users": {
        Args: { "p_mcp_server_user_id": string; "p_merged_user_id": string };
        Returns: Database["public"]["CompositeTypes"]["platform_change"];
        SetofOptions: {
          from: "*";
          to: "platform_change";
          isOneToOne: true;
          isSetofReturn: false;
        };
      };
      "merge_tracked_user": {
        Args: { "p_mcp_server_user_id": string; "p_organization_id": string; "p_tracking_hash": string };
        Returns: undefined;
      };
      "move_mcp_calls": {
        Args: {
          "p_from_user_id": string;
          "p_merge_id"?: string;
          "p_of_merge_id"?: string;
          "p_organization_id": string;
          "p_to_user_id": string;
        };
        Returns: undefined;
      };
      "move_oauth_config_issuer": {
        Args: {
          "p_client_secret_ciphertext"?: string;
          "p_dry_run"?: boolean;
          "p_issuer": string;
          "p_oauth_config_id": string;
        };
        Returns: Database["public"]["CompositeTypes"]["issuer_move"];
        SetofOptions: {
          from: "*";
          to: "issuer_move";
          isOneToOne: true;
          isSetofReturn: false;
        };
      };
      "name_mcp_calls": {
        Args: { "p_entries": (Database["public"]["CompositeTypes"]["mcp_call_entry"])[] };
        Returns: Database["public"]["CompositeTypes"]["mcp_call_entry"][];
        SetofOptions: {
          from: "*";
          to: "mcp_call_entry";
          isOneToOne: false;
          isSetofReturn: true;
        };
      };
      "new_id": { Args: { "p_prefix": string }; Returns: string };
      "note_first_calls": { Args: { "p_mcp_server_user_ids": (string)[] }; Returns: undefined };
      "open_anonymous_call": {
        Args: { "p_session_hash": string; "p_slug": string; "p_source"?: string; "p_tracking_id": string };
        Returns: Database["public"]["CompositeTypes"]["anonymous_call_opening"];
        SetofOptions: {
          from: "*";
          to: "anonymous_call_opening";
          isOneToOne: true;
          isSetofReturn: false;
        };
      };
      "open_authorization_session": {
        Args: {
          "p_browser_hash": string;
          "p_client_id": string;
          "p_code_challenge": string;
          "p_form_hash": string;
          "p_metadata_document": Json;
          "p_nonce": string;
          "p_redirect_uri": string;
          "p_request_ciphertext": string;
          "p_resource": string;
          "p_scope": string;
          "p_slug": string;
          "p_source"?: string;
          "p_state_hash": string;
        };
        Returns: Database["public"]["CompositeTypes"]["authorization_opening"];
        SetofOptions: {
          from: "*";
          to: "authorization_opening";
          isOneToOne: true;
          isSetofReturn: false;
        };
      };
      "open_connections_client": {
        Args: { "p_redirect_uri": string; "p_slug": string };
        Returns: Database["public"]["CompositeTypes"]["connections_client_opening"];
        SetofOptions: {
          from: "*";
          to: "connections_client_opening";
          isOneToOne: true;
          isSetofReturn: false;
        };
      };
      "open_mcp_call": {
        Args: { "p_family_id": string; "p_session_hash": string; "p_slug": string };
        Returns: Database["public"]["CompositeTypes"]["mcp_call_opening"];
        SetofOptions: {
          from: "*";
          to: "mcp_call_opening";
          isOneToOne: true;
          isSetofReturn: false;
        };
      };
      "organizations_of_platform_user": { Args: { "p_roles"?: (string)[] }; Returns: string[] };
      "platform_role": { Args: { "p_organization_id": string }; Returns: string };
      "provision_mcp_server_user": {
        Args: {
          "p_access_token": string;
          "p_client_generation"?: number;
          "p_email": string;
          "p_email_verified": boolean;
          "p_expires_at": string;
          "p_oauth_config_id": string;
          "p_organization_id"?: string;
          "p_profile": Json;
          "p_refresh_token": string;
          "p_scope": string;
          "p_tracking_id": string;
          "p_upstream_issuer": string;
          "p_upstream_sub": string;
        };
        Returns: Database["public"]["CompositeTypes"]["user_provisioning"];
        SetofOptions: {
          from: "*";
          to: "user_provisioning";
          isOneToOne: true;
          isSetofReturn: false;
        };
      };
      "purge_expired": { Args: { "p_limit"?: number }; Returns: number };
      "read_client_secret": {
        Args: { "p_oauth_config_id": string };
        Returns: Database["public"]["CompositeTypes"]["client_secret_reading"];
        SetofOptions: {
          from: "*";
          to: "client_secret_reading";
          isOneToOne: true;
          isSetofReturn: false;
        };
      };
      "read_mcp_calls": {
        Args: { "p_calls": Json };
        Returns: Database["public"]["CompositeTypes"]["mcp_call_entry"][];
        SetofOptions: {
          from: "*";
          to: "mcp_call_entry";
          isOneToOne: false;
          isSetofReturn: true;
        };
      };
      "read_token_introspection": {
        Args: {
          "p_family_id": string;
          "p_handle_hash": string;
          "p_mcp_client_registration_id": string;
          "p_mcp_server_id": string;
          "p_refresh_hash": string;
        };
        Returns: Database["public"]["CompositeTypes"]["token_introspection"];
        SetofOptions: {
          from: "*";
          to: "token_introspection";
          isOneToOne: true;
          isSetofReturn: false;
        };
      };
      "read_userinfo": {
        Args: { "p_family_id": string; "p_slug": string };
        Returns: Database["public"]["CompositeTypes"]["userinfo_reading"];
        SetofOptions: {
          from: "*";
          to: "userinfo_reading";
          isOneToOne: true;
          isSetofReturn: false;
        };
      };
      "record_audit_event": {
        Args: {
          "p_began_at"?: string;
          "p_client_id"?: string;
          "p_detail"?: Json;
          "p_event": string;
          "p_mcp_server_id"?: string;
          "p_mcp_server_user_id"?: string;
          "p_of_any_client"?: boolean;
          "p_organization_id": string;
          "p_reason"?: string;
        };
        Returns: undefined;
      };
      "record_mcp_calls": {
        Args: { "p_calls": Json };
        Returns: Database["public"]["CompositeTypes"]["mcp_call_recording"];
        SetofOptions: {
          from: "*";
          to: "mcp_call_recording";
          isOneToOne: true;
          isSetofReturn: false;
        };
      };
      "record_mcp_session": {
        Args: {
          "p_client_id": string;
          "p_mcp_server_id": string;
          "p_mcp_server_user_id": string;
          "p_organization_id": string;
          "p_session_hash": string;
        };
        Returns: undefined;
      };
      "record_platform_event": {
        Args: {
          "p_event": string;
          "p_mcp_server_id"?: string;
          "p_mcp_server_user_id"?: string;
          "p_object_id"?: string;
          "p_organization_id": string;
        };
        Returns: undefined;
      };
      "recount_mcp_callers": {
        Args: { "p_mcp_server_user_ids": (string)[]; "p_organization_id": string };
        Returns: undefined;
      };
      "redeem_authorization_code": {
        Args: {
          "p_assertion_expires_at"?: string;
          "p_assertion_hash"?: string;
          "p_client_id": string;
          "p_client_secret_hash": string;
          "p_code_challenge": string;
          "p_code_hash": string;
          "p_handle_hash": string;
          "p_redirect_uri": string;
          "p_refresh_hash": string;
          "p_resource": string;
          "p_slug": string;
        };
        Returns: Database["public"]["CompositeTypes"]["token_grant"];
        SetofOptions: {
          from: "*";
          to: "token_grant";
          isOneToOne: true;
          isSetofReturn: false;
        };
      };
      "redirect_place": { Args: { "p_redirect_uri": string }; Returns: string };
      "refresh_grace": { Args: Record<PropertyKey, never>; Returns: string };
      "refresh_user_profile": {
        Args: {
          "p_email": string;
          "p_email_verified": boolean;
          "p_profile": Json;
          "p_upstream_issuer": string;
          "p_upstream_sub": string;
          "p_upstream_token_id": string;
        };
        Returns: string;
      };
      "refuse_broken_rule": {
        Args: { "p_constraint": string };
        Returns: Database["public"]["CompositeTypes"]["platform_change"];
        SetofOptions: {
          from: "*";
          to: "platform_change";
          isOneToOne: true;
          isSetofReturn: false;
        };
      };
      "refuse_missing_value": {
        Args: { "p_column": string };
        Returns: Database["public"]["CompositeTypes"]["platform_change"];
        SetofOptions: {
          from: "*";
          to: "platform_change";
          isOneToOne: true;
          isSetofReturn: false;
        };
      };
      "refuse_platform_change": {
        Args: { "p_argument"?: string; "p_expected"?: string; "p_outcome": string; "p_reason"?: string };
        Returns: Database["public"]["CompositeTypes"]["platform_change"];
        SetofOptions: {
          from: "*";
          to: "platform_change";
          isOneToOne: true;
          isSetofReturn: false;
        };
      };
      "register_mcp_client": {
        Args: {
          "p_client_metadata": Json;
          "p_client_name": string;
          "p_client_secret_hash": string;
          "p_grant_types": (string)[];
          "p_initial_access_token_hash": string;
          "p_redirect_uris": (string)[];
          "p_slug": string;
          "p_source"?: string;
          "p_token_endpoint_auth_method": string;
        };
        Returns: Database["public"]["CompositeTypes"]["mcp_client_registration"];
        SetofOptions: {
          from: "*";
          to: "mcp_client_registration";
          isOneToOne: true;
          isSetofReturn: false;
        };
      };
      "release_upstream_refresh": {
        Args: { "p_lease_hash": string; "p_upstream_token_id": string };
        Returns: string;
      };
      "remove_organization_member": {
        Args: { "p_organization_id": string; "p_user_id": string };
        Returns: Database["public"]["CompositeTypes"]["platform_change"];
        SetofOptions: {
          from: "*";
          to: "platform_change";
          isOneToOne: true;
          isSetofReturn: false;
        };
      };
      "report_client_refusal": {
        Args: { "p_lease_hash": string; "p_reason": string; "p_upstream_token_id": string };
        Returns: string;
      };
      "reseal_oauth_config": {
        Args: { "p_known_ciphertext": string; "p_new_ciphertext": string; "p_oauth_config_id": string };
        Returns: string;
      };
      "reseal_upstream_token": {
        Args: { "p_known_ciphertext": string; "p_new_ciphertext": string; "p_upstream_token_id": string };
        Returns: string;
      };
      "resolve_anonymous_user": {
        Args: {
          "p_auth_type": string;
          "p_email": string;
          "p_organization_id": string;
          "p_profile": Json;
          "p_tracking_hash": string;
        };
        Returns: Database["public"]["CompositeTypes"]["user_resolution"];
        SetofOptions: {
          from: "*";
          to: "user_resolution";
          isOneToOne: true;
          isSetofReturn: false;
        };
      };
      "resolve_mcp_server_user": {
        Args: {
          "p_auth_type": string;
          "p_email": string;
          "p_email_verified": boolean;
          "p_link_verified_email": boolean;
          "p_oauth_config_id": string;
          "p_organization_id": string;
          "p_profile": Json;
          "p_source": string;
          "p_subject": string;
          "p_tracking_hash": string;
        };
        Returns: Database["public"]["CompositeTypes"]["user_resolution"];
        SetofOptions: {
          from: "*";
          to: "user_resolution";
          isOneToOne: true;
          isSetofReturn: false;
        };
      };
      "retire_server_names": {
        Args: { "p_names": (string)[]; "p_organization_id": string };
        Returns: undefined;
      };
      "revoke_mcp_client_connections": {
        Args: { "p_mcp_client_registration_id": string };
        Returns: Database["public"]["CompositeTypes"]["connections_revocation"];
        SetofOptions: {
          from: "*";
          to: "connections_revocation";
          isOneToOne: true;
          isSetofReturn: false;
        };
      };
      "revoke_mcp_connection": {
        Args: { "p_mcp_client_registration_id": string; "p_mcp_server_user_id": string };
        Returns: Database["public"]["CompositeTypes"]["connections_revocation"];
        SetofOptions: {
          from: "*";
          to: "connections_revocation";
          isOneToOne: true;
          isSetofReturn: false;
        };
      };
      "revoke_mcp_server_connections": {
        Args: { "p_mcp_server_id": string };
        Returns: Database["public"]["CompositeTypes"]["connections_revocation"];
        SetofOptions: {
          from: "*";
          to: "connections_revocation";
          isOneToOne: true;
          isSetofReturn: false;
        };
      };
      "revoke_mcp_server_user_tokens": {
        Args: { "p_mcp_server_user_id": string };
        Returns: Database["public"]["CompositeTypes"]["platform_change"];
        SetofOptions: {
          from: "*";
          to: "platform_change";
          isOneToOne: true;
          isSetofReturn: false;
        };
      };
      "revoke_organization_connections": {
        Args: { "p_organization_id": string };
        Returns: Database["public"]["CompositeTypes"]["connections_revocation"];
        SetofOptions: {
          from: "*";
          to: "connections_revocation";
          isOneToOne: true;
          isSetofReturn: false;
        };
      };
      "revoke_organization_invitation": {
        Args: { "p_invitation_id": string };
        Returns: Database["public"]["CompositeTypes"]["platform_change"];
        SetofOptions: {
          from: "*";
          to: "platform_change";
          isOneToOne: true;
          isSetofReturn: false;
        };
      };
      "revoke_own_connections": {
        Args: { "p_connection_id": string; "p_family_id": string; "p_slug": string };
        Returns: Database["public"]["CompositeTypes"]["own_connections_revocation"];
        SetofOptions: {
          from: "*";
          to: "own_connections_revocation";
          isOneToOne: true;
          isSetofReturn: false;
        };
      };
      "revoke_token": {
        Args: {
          "p_assertion_expires_at"?: string;
          "p_assertion_hash"?: string;
          "p_client_id": string;
          "p_client_secret_hash": string;
          "p_family_id": string;
          "p_handle_hash": string;
          "p_slug": string;
        };
        Returns: Database["public"]["CompositeTypes"]["token_revocation"];
        SetofOptions: {
          from: "*";
          to: "token_revocation";
          isOneToOne: true;
          isSetofReturn: false;
        };
      };
      "rotate_refresh_token": {
        Args: {
          "p_assertion_expires_at"?: string;
          "p_assertion_hash"?: string;
          "p_client_id": string;
          "p_client_secret_hash": string;
          "p_handle_hash": string;
          "p_next_refresh_hash": string;
          "p_refresh_hash": string;
          "p_resource": string;
          "p_slug": string;
          "p_successor_ciphertext": string;
        };
        Returns: Database["public"]["CompositeTypes"]["token_grant"];
        SetofOptions: {
          from: "*";
          to: "token_grant";
          isOneToOne: true;
          isSetofReturn: false;
        };
      };
      "rotations_in_grace": {
        Args: {
          "p_family": Omit<
            Database["public"]["Tables"]["mcp_proxy_tokens"]["Row"],
            Database["public"]["Tables"]["mcp_proxy_tokens"]["ComputedFields"]
          >;
        };
        Returns: (Database["public"]["CompositeTypes"]["token_rotation"])[];
      };
      "save_deployment_settings": {
        Args: {
          "p_configs_per_organization"?: number;
          "p_invitations_per_organization"?: number;
          "p_members_per_organization"?: number;
          "p_organization_founding"?: string;
          "p_organizations_per_founder"?: number;
          "p_people_per_organization"?: number;
          "p_public_url"?: string;
          "p_retired_names_per_organization"?: number;
          "p_server_slugs"?: string;
          "p_servers_per_organization"?: number;
        };
        Returns: string;
      };
      "save_mcp_server": {
        Args: {
          "p_access_token_seconds"?: number;
          "p_auth_type"?: string;
          "p_custom_oauth_config_id"?: string;
          "p_disabled"?: boolean;
          "p_id"?: string;
          "p_initial_access_token_hash"?: string;
          "p_metadata_document_hosts"?: (string)[];
          "p_metadata_document_policy"?: string;
          "p_name"?: string;
          "p_organization_id"?: string;
          "p_record_payloads"?: string;
          "p_redacted_paths"?: (string)[];
          "p_refresh_token_seconds"?: number;
          "p_registration_policy"?: string;
          "p_registration_redirect_hosts"?: (string)[];
          "p_required_scopes"?: (string)[];
          "p_resource"?: string;
          "p_scope_descriptions"?: Json;
          "p_scope_hierarchy"?: Json;
          "p_scope_rules"?: Json;
          "p_scopes_supported"?: (string)[];
          "p_slug"?: string;
          "p_upstream_authorization"?: string;
          "p_upstream_url"?: string;
        };
        Returns: Database["public"]["CompositeTypes"]["platform_change"];
        SetofOptions: {
          from: "*";
          to: "platform_change";
          isOneToOne: true;
          isSetofReturn: false;
        };
      };
      "save_oauth_config": {
        Args: {
          "p_account_prompt"?: string;
          "p_allowed_tenants"?: (string)[];
          "p_authorization_endpoint"?: string;
          "p_authorization_parameters"?: Json;
          "p_client_id"?: string;
          "p_client_secret_ciphertext"?: string;
          "p_disabled"?: boolean;
          "p_emails_endpoint"?: string;
          "p_id"?: string;
          "p_identity_source"?: string;
          "p_issuer"?: string;
          "p_jwks_uri"?: string;
          "p_link_verified_email"?: boolean;
          "p_name"?: string;
          "p_organization_id"?: string;
          "p_refresh_sends_scope"?: boolean;
          "p_revocation_endpoint"?: string;
          "p_scopes"?: (string)[];
          "p_subject_claim"?: string;
          "p_token_endpoint"?: string;
          "p_token_endpoint_auth_method"?: string;
          "p_userinfo_endpoint"?: string;
        };
        Returns: Database["public"]["CompositeTypes"]["platform_change"];
        SetofOptions: {
          from: "*";
          to: "platform_change";
          isOneToOne: true;
          isSetofReturn: false;
        };
      };
      "save_organization": {
        Args: {
          "p_audit_retention_days"?: number;
          "p_call_retention_days"?: number;
          "p_id": string;
          "p_logo"?: string;
          "p_name"?: string;
        };
        Returns: Database["public"]["CompositeTypes"]["platform_change"];
        SetofOptions: {
          from: "*";
          to: "platform_change";
          isOneToOne: true;
          isSetofReturn: false;
        };
      };
      "save_organization_member": {
        Args: { "p_organization_id": string; "p_role": string; "p_user_id": string };
        Returns: Database["public"]["CompositeTypes"]["platform_change"];
        SetofOptions: {
          from: "*";
          to: "platform_change";
          isOneToOne: true;
          isSetofReturn: false;
        };
      };
      "sealed_header": { Args: { "p_ciphertext": string }; Returns: Json };
      "sealed_secrets": {
        Args: { "p_after": string; "p_limit": number; "p_table": string };
        Returns: Database["public"]["CompositeTypes"]["sealed_secret"][];
        SetofOptions: {
          from: "*";
          to: "sealed_secret";
          isOneToOne: false;
          isSetofReturn: true;
        };
      };
      "sealing_key_id": { Args: { "p_ciphertext": string }; Returns: string };
      "store_upstream_refresh": {
        Args: {
          "p_access_token": string;
          "p_expires_at": string;
          "p_lease_hash": string;
          "p_refresh_token": string;
          "p_scope": string;
          "p_upstream_token_id": string;
        };
        Returns: string;
      };
      "sum_mcp_calls": {
        Args: { "p_entries": (Database["public"]["CompositeTypes"]["mcp_call_entry"])[] };
        Returns: undefined;
      };
      "take_client_slot": {
        Args: { "p_mcp_server_id": string; "p_place": string; "p_source": string };
        Returns: number;
      };
      "take_server_names": {
        Args: { "p_former_names": (string)[]; "p_names": (string)[]; "p_organization_id": string };
        Returns: undefined;
      };
      "take_session_slot": {
        Args: {
          "p_client": Omit<
            Database["public"]["Tables"]["mcp_client_registrations"]["Row"],
            Database["public"]["Tables"]["mcp_client_registrations"]["ComputedFields"]
          >;
          "p_place": string;
          "p_source": string;
        };
        Returns: number;
      };
      "track_mcp_server_user": {
        Args: { "p_email"?: string; "p_organization_id": string; "p_tracking_id": string };
        Returns: Database["public"]["CompositeTypes"]["user_tracking"];
        SetofOptions: {
          from: "*";
          to: "user_tracking";
          isOneToOne: true;
          isSetofReturn: false;
        };
      };
      "tracking_hash": { Args: { "p_organization_id": string; "p_tracking_id": string }; Returns: string };
      "unmerge_mcp_server_users": {
        Args: { "p_merge_id": string };
        Returns: Database["public"]["CompositeTypes"]["platform_change"];
        SetofOptions: {
          from: "*";
          to: "platform_change";
          isOneToOne: true;
          isSetofReturn: false;
        };
      };
      "use_client_assertion": {
        Args: {
          "p_assertion_expires_at": string;
          "p_assertion_hash": string;
          "p_client": Omit<
            Database["public"]["Tables"]["mcp_client_registrations"]["Row"],
            Database["public"]["Tables"]["mcp_client_registrations"]["ComputedFields"]
          >;
        };
        Returns: string;
      };
      "verified_address_of_platform_user": { Args: Record<PropertyKey, never>; Returns: string };
      "withdraw_user_tokens": {
        Args: { "p_mcp_server_user_id": string; "p_organization_id": string; "p_reason": string };
        Returns: number;
      };
    };
    Enums: {
      [_ in never]: never;
    };
    CompositeTypes: {
      "anonymous_call_opening": {
        "outcome": string | null;
        "organization_id": string | null;
        "mcp_server_user_id": string | null;
      };
      "authorization_beginning": {
        "outcome": string | null;
        "server": Json | null;
        "client": Json | null;
        "provider_name": string | null;
        "account_prompt": string | null;
      };
      "authorization_claim": {
        "outcome": string | null;
        "session_id": string | null;
        "request_id": string | null;
        "request_ciphertext": string | null;
        "redirect_uri": string | null;
        "client_id": string | null;
        "server": Json | null;
        "config": Json | null;
      };
      "authorization_completion": {
        "outcome": string | null;
        "mcp_server_user_id": string | null;
        "provisioning": string | null;
      };
      "authorization_opening": {
        "outcome": string | null;
        "config": Json | null;
      };
      "client_authentication": {
        "outcome": string | null;
        "mcp_server_id": string | null;
        "mcp_client_registration_id": string | null;
        "client_id": string | null;
        "kind": string | null;
        "access_token_seconds": number | null;
        "refresh_token_seconds": number | null;
      };
      "client_secret_reading": {
        "outcome": string | null;
        "client_secret_ciphertext": string | null;
      };
      "connections_client_opening": {
        "outcome": string | null;
        "client_id": string | null;
      };
      "connections_revocation": {
        "outcome": string | null;
        "id": string | null;
        "ended": number | null;
      };
      "issuer_move": {
        "outcome": string | null;
        "id": string | null;
        "people": number | null;
        "conflicts": number | null;
        "reason": string | null;
        "argument": string | null;
        "expected": string | null;
      };
      "mcp_call_entry": {
        "place": number | null;
        "organization_id": string | null;
        "mcp_server_id": string | null;
        "mcp_server_user_id": string | null;
        "is_known": boolean | null;
        "session_hash": string | null;
        "client_id": string | null;
        "is_call": boolean | null;
        "method": string | null;
        "name": string | null;
        "started_at": string | null;
        "day": string | null;
        "milliseconds": number | null;
        "outcome": string | null;
        "error_code": number | null;
        "http_status": number | null;
        "bytes_in": number | null;
        "bytes_out": number | null;
        "arguments": Json | null;
        "result": Json | null;
        "keep_until": string | null;
      };
      "mcp_call_opening": {
        "outcome": string | null;
        "organization_id": string | null;
        "mcp_server_user_id": string | null;
        "client_id": string | null;
        "email": string | null;
        "email_verified": boolean | null;
        "upstream_token_id": string | null;
        "access_token_ciphertext": string | null;
        "upstream_expires_at": string | null;
        "upstream_refreshed_at": string | null;
      };
      "mcp_call_recording": {
        "outcome": string | null;
        "recorded": number | null;
        "left_out": number | null;
      };
      "mcp_client_creation": {
        "outcome": string | null;
        "client_id": string | null;
        "client_secret": string | null;
        "reason": string | null;
        "argument": string | null;
        "expected": string | null;
      };
      "mcp_client_finding": {
        "outcome": string | null;
        "client_id": string | null;
        "kind": string | null;
        "keys": Json | null;
      };
      "mcp_client_registration": {
        "outcome": string | null;
        "client_id": string | null;
        "created_at": string | null;
      };
      "mcp_server_finding": {
        "outcome": string | null;
        "server": Json | null;
      };
      "member_address": {
        "user_id": string | null;
        "email": string | null;
      };
      "organization_logo": {
        "outcome": string | null;
        "media_type": string | null;
        "image": string | null;
      };
      "own_connections": {
        "outcome": string | null;
        "email": string | null;
        "organization_name": string | null;
        "connections": Json | null;
      };
      "own_connections_revocation": {
        "outcome": string | null;
        "family_ids": (string)[] | null;
        "upstream_tokens": Json | null;
      };
      "own_invitation": {
        "id": string | null;
        "organization_name": string | null;
        "role": string | null;
        "expires_at": string | null;
      };
      "platform_change": {
        "outcome": string | null;
        "id": string | null;
        "reason": string | null;
        "argument": string | null;
        "expected": string | null;
      };
      "resource_server_creation": {
        "outcome": string | null;
        "id": string | null;
        "secret": string | null;
        "reason": string | null;
        "argument": string | null;
        "expected": string | null;
      };
      "sealed_secret": {
        "id": string | null;
        "organization_id": string | null;
        "secret": string | null;
        "ciphertext": string | null;
      };
      "sealed_secret_count": {
        "examined": number | null;
        "last_id": string | null;
        "counts": Json | null;
      };
      "stale_secret_list": {
        "examined": number | null;
        "last_id": string | null;
        "secrets": Json | null;
      };
      "token_grant": {
        "outcome": string | null;
        "family_id": string | null;
        "organization_id": string | null;
        "mcp_server_user_id": string | null;
        "client_id": string | null;
        "resource": string | null;
        "scope": string | null;
        "nonce": string | null;
        "auth_time": string | null;
        "access_token_seconds": number | null;
        "email": string | null;
        "email_verified": boolean | null;
        "profile": Json | null;
        "successor_ciphertexts": (string)[] | null;
      };
      "token_introspection": {
        "outcome": string | null;
        "family_id": string | null;
        "organization_id": string | null;
        "mcp_server_user_id": string | null;
        "client_id": string | null;
        "resource": string | null;
        "scope": string | null;
        "auth_time": string | null;
        "created_at": string | null;
        "expires_at": string | null;
        "email": string | null;
        "email_verified": boolean | null;
      };
      "token_revocation": {
        "outcome": string | null;
        "family_id": string | null;
        "organization_id": string | null;
        "upstream_token_id": string | null;
        "refresh_token_id": string | null;
        "access_token_ciphertext": string | null;
        "refresh_token_ciphertext": string | null;
        "config": Json | null;
      };
      "token_rotation": {
        "refresh_hash": string | null;
        "successor_ciphertext": string | null;
        "older_by": string | null;
      };
      "upstream_refresh_lease": {
        "outcome": string | null;
        "access_token_ciphertext": string | null;
        "refresh_token_id": string | null;
        "refresh_token_ciphertext": string | null;
        "scope": string | null;
        "expires_at": string | null;
        "refreshed_at": string | null;
        "leased_until": string | null;
        "lapsed": boolean | null;
        "profile_refreshed_at": string | null;
        "config": Json | null;
      };
      "user_erasure": {
        "outcome": string | null;
        "receipt": Json | null;
      };
      "user_export": {
        "outcome": string | null;
        "id": string | null;
        "export": Json | null;
      };
      "user_provisioning": {
        "outcome": string | null;
        "mcp_server_user_id": string | null;
        "upstream_token_id": string | null;
      };
      "user_resolution": {
        "outcome": string | null;
        "mcp_server_user_id": string | null;
      };
      "user_tracking": {
        "outcome": string | null;
        "mcp_server_user_id": string | null;
      };
      "userinfo_reading": {
        "outcome": string | null;
        "mcp_server_user_id": string | null;
        "organization_id": string | null;
        "email": string | null;
        "email_verified": boolean | null;
        "profile": Json | null;
      };
    };
  };
};

type DatabaseWithoutInternals = Omit<Database, "__InternalSupabase">;

type DefaultSchema = DatabaseWithoutInternals[Extract<keyof Database, "public">];

export type Tables<
  DefaultSchemaTableNameOrOptions extends
    | keyof (DefaultSchema["Tables"] & DefaultSchema["Views"])
    | { schema: keyof DatabaseWithoutInternals },
  TableName extends DefaultSchemaTableNameOrOptions extends {
    schema: keyof DatabaseWithoutInternals;
  } ? keyof (
      & DatabaseWithoutInternals[DefaultSchemaTableNameOrOptions["schema"]]["Tables"]
      & DatabaseWithoutInternals[DefaultSchemaTableNameOrOptions["schema"]]["Views"]
    )
    : never = never,
> = DefaultSchemaTableNameOrOptions extends { schema: keyof DatabaseWithoutInternals } ? (
    & DatabaseWithoutInternals[DefaultSchemaTableNameOrOptions["schema"]]["Tables"]
    & DatabaseWithoutInternals[DefaultSchemaTableNameOrOptions["schema"]]["Views"]
  )[TableName] extends {
    Row: infer R;
  } ? R
  : never
  : DefaultSchemaTableNameOrOptions extends keyof (DefaultSchema["Tables"] & DefaultSchema["Views"])
    ? (DefaultSchema["Tables"] & DefaultSchema["Views"])[DefaultSchemaTableNameOrOptions] extends {
      Row: infer R;
    } ? R
    : never
  : never;

export type TablesInsert<
  DefaultSchemaTableNameOrOptions extends
    | keyof DefaultSchema["Tables"]
    | { schema: keyof DatabaseWithoutInternals },
  TableName extends DefaultSchemaTableNameOrOptions extends {
    schema: keyof DatabaseWithoutInternals;
  } ? keyof DatabaseWithoutInternals[DefaultSchemaTableNameOrOptions["schema"]]["Tables"]
    : never = never,
> = DefaultSchemaTableNameOrOptions extends { schema: keyof DatabaseWithoutInternals }
  ? DatabaseWithoutInternals[DefaultSchemaTableNameOrOptions["schema"]]["Tables"][TableName] extends {
    Insert: infer I;
  } ? I
  : never
  : DefaultSchemaTableNameOrOptions extends keyof DefaultSchema["Tables"]
    ? DefaultSchema["Tables"][DefaultSchemaTableNameOrOptions] extends {
      Insert: infer I;
    } ? I
    : never
  : never;

export type TablesUpdate<
  DefaultSchemaTableNameOrOptions extends
    | keyof DefaultSchema["Tables"]
    | { schema: keyof DatabaseWithoutInternals },
  TableName extends DefaultSchemaTableNameOrOptions extends {
    schema: keyof DatabaseWithoutInternals;
  } ? keyof DatabaseWithoutInternals[DefaultSchemaTableNameOrOptions["schema"]]["Tables"]
    : never = never,
> = DefaultSchemaTableNameOrOptions extends { schema: keyof DatabaseWithoutInternals }
  ? DatabaseWithoutInternals[DefaultSchemaTableNameOrOptions["schema"]]["Tables"][TableName] extends {
    Update: infer U;
  } ? U
  : never
  : DefaultSchemaTableNameOrOptions extends keyof DefaultSchema["Tables"]
    ? DefaultSchema["Tables"][DefaultSchemaTableNameOrOptions] extends {
      Update: infer U;
    } ? U
    : never
  : never;

export type Enums<
  DefaultSchemaEnumNameOrOptions extends
    | keyof DefaultSchema["Enums"]
    | { schema: keyof DatabaseWithoutInternals },
  EnumName extends DefaultSchemaEnumNameOrOptions extends {
    schema: keyof DatabaseWithoutInternals;
  } ? keyof DatabaseWithoutInternals[DefaultSchemaEnumNameOrOptions["schema"]]["Enums"]
    : never = never,
> = DefaultSchemaEnumNameOrOptions extends { schema: keyof DatabaseWithoutInternals }
  ? DatabaseWithoutInternals[DefaultSchemaEnumNameOrOptions["schema"]]["Enums"][EnumName]
  : DefaultSchemaEnumNameOrOptions extends keyof DefaultSchema["Enums"]
    ? DefaultSchema["Enums"][DefaultSchemaEnumNameOrOptions]
  : never;

export type CompositeTypes<
  PublicCompositeTypeNameOrOptions extends
    | keyof DefaultSchema["CompositeTypes"]
    | { schema: keyof DatabaseWithoutInternals },
  CompositeTypeName extends PublicCompositeTypeNameOrOptions extends {
    schema: keyof DatabaseWithoutInternals;
  } ? keyof DatabaseWithoutInternals[PublicCompositeTypeNameOrOptions["schema"]]["CompositeTypes"]
    : never = never,
> = PublicCompositeTypeNameOrOptions extends { schema: keyof DatabaseWithoutInternals }
  ? DatabaseWithoutInternals[PublicCompositeTypeNameOrOptions["schema"]]["CompositeTypes"][CompositeTypeName]
  : PublicCompositeTypeNameOrOptions extends keyof DefaultSchema["CompositeTypes"]
    ? DefaultSchema["CompositeTypes"][PublicCompositeTypeNameOrOptions]
  : never;

export const Constants = {
  "public": {
    Enums: {},
  },
} as const;
