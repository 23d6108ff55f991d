//! What was seen over time: samples of seven series, and the buckets that they add up to.
//!
//! # Design notes
//!
//! A sample stands for a slot of the clock, as long as the interval of the watch, and its series and
//! the beginning of that slot are its name. So what is shipped late, twice or by two replicas counts
//! once, and the seconds of a bucket never exceed those that there were. A clock that is set back
//! comes to slots that have a sample already: the first one stays.
//!
//! What no sample stands for is a gap, and a gap is unknown, never ok: no sum is made over it, and
//! every share says beside it how much of the time it knows.

mod bucket;
mod grain;
mod keeping;
mod memory;
mod sample;
mod series;

pub use self::bucket::{Bucket, HISTOGRAM, histogram_slot, keep_fuller};
pub use self::grain::Grain;
pub use self::keeping::Keeping;
pub use self::memory::{Memory, Now};
pub use self::sample::Sample;
pub use self::series::Series;
