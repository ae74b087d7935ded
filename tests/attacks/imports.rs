//! Imports that try to keep everyone else waiting.
