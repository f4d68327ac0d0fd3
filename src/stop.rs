//! Ctrl-C: the first one asks the run to stop after the replications that are under way, the second leaves at once.

use std::process;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};

use crate::exit::Exit;

/// The flag that Ctrl-C (or a termination signal) sets, from the first call on.
///
/// Where no handler can be installed, Ctrl-C ends the process as ever: finished replications are kept all the same.
pub(crate) fn flag() -> Arc<AtomicBool> {
    static FLAG: OnceLock<Arc<AtomicBool>> = OnceLock::new();
    let install = || {
        let flag = Arc::new(AtomicBool::new(false));
        let handed = Arc::clone(&flag);
        let handler = move || {
            if handed.swap(true, Ordering::SeqCst) {
                process::exit(i32::from(Exit::Interrupted.code()));
            }
        };
        let _ = ctrlc::set_handler(handler);
        flag
    };
    Arc::clone(FLAG.get_or_init(install))
}
