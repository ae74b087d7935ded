-- SQLite has no indexes that include other columns: its index stays as it is.
SELECT 1;
