//! Sequences that once failed.

use super::run;
