//! Fixes: put into texts, and shown as a diff.
