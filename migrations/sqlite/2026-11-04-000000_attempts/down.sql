DROP TABLE attempt_slots;
DROP TABLE attempts;
