//! Verdicts and pages.
