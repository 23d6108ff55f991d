//! What a chat is told, in its own shape; and what it says when somebody presses its button.
//!
//! Pure: a message in, the body of a request out. Whatever came from outside is masked, stripped of what
//! does not show, escaped and cut before it stands in one.

pub mod click;
pub mod discord;
pub mod signature;
pub mod slack;
mod text;

#[cfg(test)]
mod tests;
