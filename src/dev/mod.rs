//! The embedded default of `make run`, and the private Postgres of the tests. Never part of the
//! production binary.

pub mod callgrind;
pub mod cluster;
pub mod demo;
pub mod environment_file;
pub mod scene;
pub mod stand_in;
