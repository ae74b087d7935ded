//! Connections that say little, or nothing.
