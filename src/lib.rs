//! The command `bugcheck`: one small file per verb over the libraries.

pub mod args;
pub mod exit;
mod terminal;

pub use exit::Exit;
