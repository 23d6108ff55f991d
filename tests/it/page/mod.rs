//! The status page as people meet it: in a browser, and what programs read of it.

mod acts;
mod driver;
mod filing;
mod gallery;
mod live;
mod looks;
mod orders;
mod played;
mod readers;
mod stage;
mod tools;
mod weight;
