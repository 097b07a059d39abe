ALTER TABLE `api_key` ADD `fan_out` integer;--> statement-breakpoint
ALTER TABLE `api_key` ADD `inband` text DEFAULT 'user' NOT NULL;