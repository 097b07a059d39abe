CREATE TABLE `alias` (
	`id` text PRIMARY KEY NOT NULL,
	`strategy` text NOT NULL,
	`targets` text NOT NULL,
	`enabled` integer NOT NULL,
	`managed` text NOT NULL,
	`version` integer NOT NULL,
	`declaration` text
);
--> statement-breakpoint
CREATE TABLE `api_key` (
	`id` text PRIMARY KEY NOT NULL,
	`name` text NOT NULL,
	`hash` text NOT NULL,
	`last4` text NOT NULL,
	`scopes` text NOT NULL,
	`allowed_models` text NOT NULL,
	`allowed_providers` text NOT NULL,
	`required_labels` text NOT NULL,
	`rpm` integer,
	`max_tokens` integer,
	`default_mode` text,
	`created_at_ms` integer NOT NULL,
	`expires_at_ms` integer,
	`revoked_at_ms` integer
);
--> statement-breakpoint
CREATE UNIQUE INDEX `api_key_hash` ON `api_key` (`hash`);--> statement-breakpoint
CREATE TABLE `meta` (
	`id` integer PRIMARY KEY NOT NULL,
	`registry_version` integer NOT NULL,
	`config_hash` text,
	`discovered_hash` text
);
--> statement-breakpoint
CREATE TABLE `model` (
	`id` text PRIMARY KEY NOT NULL,
	`family` text,
	`weight` real,
	`max_context_tokens` integer,
	`max_output_tokens` integer,
	`capabilities` text,
	`enabled` integer NOT NULL,
	`managed` text NOT NULL,
	`version` integer NOT NULL,
	`declaration` text
);
--> statement-breakpoint
CREATE TABLE `offer` (
	`provider_id` text NOT NULL,
	`model_id` text NOT NULL,
	`upstream_name` text NOT NULL,
	`input_nano_usd_per_million` integer,
	`output_nano_usd_per_million` integer,
	`cached_input_nano_usd_per_million` integer,
	`cache_write_input_nano_usd_per_million` integer,
	`expected_latency_ms` real,
	`enabled` integer NOT NULL,
	`managed` text NOT NULL,
	`version` integer NOT NULL,
	`declaration` text,
	PRIMARY KEY(`provider_id`, `model_id`)
);
--> statement-breakpoint
CREATE TABLE `provider` (
	`id` text PRIMARY KEY NOT NULL,
	`kind` text NOT NULL,
	`base_url` text NOT NULL,
	`endpoints` text NOT NULL,
	`credential_source` text NOT NULL,
	`env_key_name` text,
	`network` text NOT NULL,
	`headers` text NOT NULL,
	`labels` text NOT NULL,
	`enabled` integer NOT NULL,
	`managed` text NOT NULL,
	`version` integer NOT NULL,
	`declaration` text
);
--> statement-breakpoint
CREATE TABLE `request_log` (
	`id` text PRIMARY KEY NOT NULL,
	`client_request_id` text,
	`at_ms` integer NOT NULL,
	`key_id` text NOT NULL,
	`door` text NOT NULL,
	`mode` text NOT NULL,
	`model_id` text,
	`provider_id` text,
	`status` integer NOT NULL,
	`error_code` text,
	`stream` integer NOT NULL,
	`attempts` integer NOT NULL,
	`prompt_tokens` integer,
	`completion_tokens` integer,
	`cost_nano_usd` integer,
	`cost_is_estimate` integer NOT NULL,
	`latency_ms` real NOT NULL,
	`ttft_ms` real,
	`overhead_ms` real NOT NULL,
	`reason` text NOT NULL,
	`decision` text NOT NULL,
	`meta` text
);
--> statement-breakpoint
CREATE INDEX `request_log_age` ON `request_log` (`at_ms`,`id`);