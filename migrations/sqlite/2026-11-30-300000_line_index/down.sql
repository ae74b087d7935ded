-- SQLite has no INCLUDE columns in indexes, so its index stays as it is.
SELECT 1;
