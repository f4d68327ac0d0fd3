//! What drives an outcome: which of the uncertain inputs it follows.
//!
//! [`ranking`] costs nothing: it looks at the replications at hand, each of which drew all uncertain inputs anew. It finds
//! inputs that push one way, and says little where many inputs act together.

mod ranking;

pub use ranking::{Ranked, ranking};
