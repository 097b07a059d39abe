INSERT INTO `meta` (`id`, `registry_version`) VALUES (1, 0);
