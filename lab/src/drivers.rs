//! What drives an outcome: which of the uncertain inputs it follows.
//!
//! [`ranking`] costs nothing: it looks at the replications at hand, each of which drew all uncertain inputs anew. It
//! finds inputs that push one way, and says little where many inputs act together. A [`Design`] simulates more, with
//! inputs moved on purpose and on the same dice, so that what changes is what they change: [`Method::Morris`] finds out
//! cheaply which inputs matter at all, [`Method::Sobol`] which part of the variance each one makes.

mod design;
mod influence;
mod ranking;
mod table;

pub use design::{Design, Method};
pub use influence::{Driving, Figure, Influence, Unranked};
pub use ranking::{Ranked, ranking};
