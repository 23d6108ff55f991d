//! The status page as people meet it: in a browser, and what programs read of it.

mod acts;
mod below;
mod driver;
mod filing;
mod gallery;
mod live;
mod looks;
mod narrow;
mod orders;
mod played;
mod readers;
mod stage;
mod tools;
mod weight;

pub(crate) use self::stage::{Stage, staying};
