CREATE TABLE `actor_state` (
	`object` text NOT NULL,
	`name` text NOT NULL,
	`actor` text NOT NULL,
	`version` integer NOT NULL,
	`state` text NOT NULL,
	PRIMARY KEY(`object`, `name`, `actor`)
);
--> statement-breakpoint
CREATE TABLE `admin_session` (
	`hash` text PRIMARY KEY NOT NULL,
	`token_hash` text NOT NULL,
	`created_at_ms` integer NOT NULL,
	`seen_at_ms` integer NOT NULL
);
--> statement-breakpoint
CREATE TABLE `alert` (
	`id` text PRIMARY KEY NOT NULL,
	`url` text NOT NULL,
	`events` text NOT NULL,
	`signing_secret` text,
	`enabled` integer NOT NULL,
	`version` integer NOT NULL
);
--> statement-breakpoint
CREATE TABLE `audit` (
	`seq` integer PRIMARY KEY NOT NULL,
	`at_ms` integer NOT NULL,
	`actor` text NOT NULL,
	`action` text NOT NULL,
	`target` text NOT NULL,
	`outcome` text NOT NULL,
	`before` text,
	`after` text,
	`request_id` text NOT NULL,
	`previous_hash` text NOT NULL,
	`hash` text NOT NULL
);
--> statement-breakpoint
CREATE TABLE `credential` (
	`id` text PRIMARY KEY NOT NULL,
	`provider_id` text NOT NULL,
	`label` text NOT NULL,
	`last4` text NOT NULL,
	`fingerprint` text NOT NULL,
	`origin` text NOT NULL,
	`dek_id` text NOT NULL,
	`iv` text NOT NULL,
	`ciphertext` text NOT NULL,
	`seal_version` integer NOT NULL,
	`enabled` integer NOT NULL,
	`set_at_ms` integer NOT NULL,
	`version` integer NOT NULL
);
--> statement-breakpoint
CREATE INDEX `credential_provider` ON `credential` (`provider_id`);--> statement-breakpoint
CREATE TABLE `project` (
	`id` text PRIMARY KEY NOT NULL,
	`name` text NOT NULL,
	`budget_day_nano_usd` integer,
	`budget_month_nano_usd` integer,
	`time_zone` text,
	`labels` text NOT NULL,
	`version` integer NOT NULL
);
--> statement-breakpoint
CREATE TABLE `vault` (
	`id` integer PRIMARY KEY NOT NULL,
	`header` text NOT NULL,
	`epoch` integer NOT NULL
);
--> statement-breakpoint
ALTER TABLE `api_key` ADD `project_id` text;--> statement-breakpoint
ALTER TABLE `api_key` ADD `budget_request_nano_usd` integer;--> statement-breakpoint
ALTER TABLE `api_key` ADD `budget_day_nano_usd` integer;--> statement-breakpoint
ALTER TABLE `api_key` ADD `budget_month_nano_usd` integer;--> statement-breakpoint
ALTER TABLE `api_key` ADD `tpm` integer;--> statement-breakpoint
ALTER TABLE `api_key` ADD `concurrency` integer;--> statement-breakpoint
ALTER TABLE `api_key` ADD `previous_hash` text;--> statement-breakpoint
ALTER TABLE `api_key` ADD `previous_until_ms` integer;--> statement-breakpoint
ALTER TABLE `api_key` ADD `version` integer DEFAULT 1 NOT NULL;--> statement-breakpoint
CREATE INDEX `api_key_previous_hash` ON `api_key` (`previous_hash`);