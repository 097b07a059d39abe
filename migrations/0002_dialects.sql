ALTER TABLE `model` ADD `kind` text;--> statement-breakpoint
ALTER TABLE `provider` ADD `dialects` text;