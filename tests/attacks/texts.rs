//! Texts that try to be more than text in the readers of others.
