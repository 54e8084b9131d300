//! An in-process broker for tests.
